import { execFile } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { validateSync } from 'class-validator';
import { instanceOf } from '#relationship';
import { inboundCommands } from '#streaming/inbound/inbound-commands.js';
import { readInboundEvent } from '#streaming/inbound/inbound-event.js';
import { type Answer, call, ready } from '../api/test-api.js';
import { type Workplace, workplace } from '../cli/letopis.js';
import { type Serving, serve } from '../cli/server.js';
import { blocksOf, page, pages } from './pages.js';
import { commandsOf, wordsOf } from './shell.js';

/** What the pages show is run: `curl` against a server, `letopis` on a data folder, scripts and programs looked up. */
let alone: Workplace;
let served: Workplace;
let server: Serving;
/** The customer that the walk through an import finds. */
let idOfAcme = '';
/** What stands in an example for what a reader has. */
let placeholders: Readonly<Record<string, string>>;

beforeAll(async () => {
  alone = workplace();
  alone.file(
    'orders.csv',
    'customer,email,day,item,amount\nAcme,a@acme.example,2024-01-15,tea,12.50\nAcme,a@acme.example,2024-01-16,tea,1\n',
  );
  alone.file('mapping.json', blocksOf(page('importing')).find(({ info }) => info === 'json mapping')!.code);
  alone.file('sales.csv', blocksOf(page('importing')).find(({ info }) => info === 'csv sales.csv')!.code);
  alone.file('contacts.vcf', 'BEGIN:VCARD\nVERSION:4.0\nUID:1\nFN:Anna\nEND:VCARD\n');
  served = workplace();
  server = await serve(served);
  await ready(server.url);
  const { body } = await call(`${server.url}/customers`, { key: server.key, body: { kind: 'person', displayName: 'Anna' } });
  const timeline = { key: server.key, headers: { 'min-position': body.position } };
  // The view that the examples read may be behind.
  while ((await call(`${server.url}/customers/${body.ids.customerId}/timeline`, timeline)).status === 503);
  placeholders = {
    '<id>': body.ids.customerId,
    '<ce_position of the last event that you have>': body.position,
    '<after this position>': '',
    '<up to this one>': body.position,
  };
});
afterAll(async () => {
  await server?.stop();
  for (const place of [alone, served]) place?.remove();
});

const here = (text: string): string =>
  Object.entries(placeholders)
    .reduce((all, [name, value]) => all.replaceAll(name, value), text)
    .replace(/(?:http:\/\/)?(?:localhost|127\.0\.0\.1):3000/, server.url);

async function curl(words: readonly string[]): Promise<Answer> {
  const headers: Record<string, string> = {};
  let url: string | undefined;
  let raw: string | undefined;
  for (let i = 1; i < words.length; i++) {
    const each = words[i]!;
    if (/^-s?H$/.test(each)) {
      const [name, ...value] = words[++i]!.split(': ');
      headers[name!] = value.join(': ');
    } else if (each === '-d') raw = words[++i]!;
    else if (each.startsWith('-')) throw new Error(`What is ${each}?`);
    else url = here(each);
  }
  return call(url!, { headers, ...(raw !== undefined && { raw }) });
}

async function letopis(words: readonly string[]): Promise<void> {
  const args = words.slice(words.indexOf('--') + 1).map(here);
  if (args[0] === 'serve') return;
  // It is for a secret that is lost.
  if (args[1] === 'new-derivation') rmSync(`${alone.folder}/data/keys.sqlite`, { force: true });
  const place = args[0] === 'keys' && args[1] !== 'new-derivation' ? served : alone;
  const ended = await place.run(...args.map((each) => (each === '<id of Acme>' ? idOfAcme : each)));
  expect({ args, ...ended }).toMatchObject({ code: 0 });
  const id = /[0-9a-f-]{36}/.exec(ended.stdout)?.[0];
  if (args.join(' ') === 'views customers acme' && id) idOfAcme = id;
  if (args.includes('<id of Acme>')) expect(ended.stdout.match(/purchase-recorded/g)).toHaveLength(2);
}

/** A program by its path in `dist/`, beside the variables that it is given. */
const program = /(?:^| )node dist\/([\w/-]+)\.js$/;
/** What a test of its own runs, or the script of a name that `docs.unit.spec.ts` looks up. */
const runElsewhere = /^(?:export|auth=|npm test\b|npm run (?:demo|engines)\b|#)/;

describe('the examples of', () => {
  it.each(pages.map((each) => [each.file, each] as const))('%s do what they say', async (_, each) => {
    const variables = { LETOPIS_KEY: server.key, auth: `Authorization: Bearer ${server.key}` };
    let answer: Answer | undefined;
    for (const line of blocksOf(each)
      .filter(({ info }) => info === 'sh')
      .flatMap(({ code }) => commandsOf(code))) {
      const words = wordsOf(line, variables);
      if (line.startsWith('curl ')) {
        answer = await curl(words);
        if (answer.status >= 300) throw new Error(`${line}: ${answer.status} ${JSON.stringify(answer.body)}`);
      } else if (line.startsWith('npm run -s letopis -- ')) await letopis(words);
      else if (line.startsWith('npx node -e ')) {
        await promisify(execFile)('node_modules/.bin/node', ['-e', words[3]!.replace(/'([\w/-]+\.sqlite)'/g, `'${alone.folder}/$1'`)]);
        expect(existsSync(`${alone.folder}/chronicle-copy.sqlite`)).toBe(true);
      } else if (line.startsWith('# {')) expect(Object.keys(answer!.body).sort()).toEqual(Object.keys(JSON.parse(line.slice(2))).sort());
      else if (program.test(words.join(' '))) expect(existsSync(`${program.exec(words.join(' '))![1]}.ts`)).toBe(true);
      else expect(line).toMatch(runElsewhere);
    }
  });
});

it('the message of docs/kafka.md is one that is taken', async () => {
  const { code } = blocksOf(page('kafka')).find(({ info }) => info === 'js')!;
  const sent: { readonly topic: string; readonly messages: readonly Parameters<typeof readInboundEvent>[0][] }[] = [];
  const run = new Function('producer', 'customerId', `return (async () => { ${code} })()`);
  await run({ send: (record: (typeof sent)[number]) => sent.push(record) }, 'c-1');
  const [message] = sent[0]!.messages;
  const { type, data } = readInboundEvent({ ...message!, value: Buffer.from(String(message!.value)) }, (bytes) =>
    JSON.parse(bytes.toString()),
  );
  const { customerId, ...body } = data as { readonly customerId: string };
  const { body: shape, generatedId } = inboundCommands.find(({ name }) => name === type)!;
  expect([sent[0]!.topic, customerId]).toEqual(['letopis.contacts.inbound.v1', 'c-1']);
  expect(
    validateSync(instanceOf(shape, { [generatedId!]: 'id', ...body }), {
      forbidUnknownValues: true,
      whitelist: true,
      forbidNonWhitelisted: true,
    }),
  ).toEqual([]);
});

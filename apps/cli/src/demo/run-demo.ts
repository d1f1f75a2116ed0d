import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ORIGIN } from '#event-log';
import { type Configuration, chooseDerivedIds, createLogger, readConfiguration } from '#platform';
import type { CustomerCardAnswer, LadderPosition } from '#projections';
import { PRIVATE_FILE, privateFolder } from '#sqlite';
import { type RunningApi, startApi } from '../../../api/src/start-api.js';
import { openChronicle } from '../chronicle/open-chronicle.js';
import { openIfThere } from '../chronicle/open-for-reading.js';
import { type ExitCode, exitCode } from '../terminal/exit-code.js';
import { onInterruption } from '../terminal/interruption.js';
import { printLine, say } from '../terminal/output.js';
import { DAY, nextWorkday, opaqueId } from './company.js';
import { COMMANDS_OF_A_CUSTOMER, type HistoryOptions } from './history.js';
import { loadHistory, type PastClock } from './load-history.js';
import { asCurl, type Stop, tourOf, untilReady, type Visitor, visitor } from './tour.js';

export interface DemoOptions {
  readonly once?: boolean;
  readonly fresh?: boolean;
  readonly customers: number;
  readonly seed: number;
}

/** Which company lives in a folder, so that a second run finds it again and a load that was cut short is completed. */
interface Residence extends HistoryOptions {
  readonly loaded: boolean;
}

export const runDemo = async (given: Configuration, options: DemoOptions): Promise<ExitCode> => {
  const port = options.once ? 0 : given.port;
  await assertFree(given.host, port);
  const folder = options.once ? mkdtempSync(path.join(tmpdir(), 'letopis-demo-')) : path.join(given.dataFolder, 'demo');
  if (options.fresh && !options.once) remove(folder);
  const leaving = onInterruption();
  try {
    const embedded = readConfiguration({ HOST: given.host, PORT: String(port), LETOPIS_DATA: folder, LOG_LEVEL: 'warn' });
    const company = residenceIn(embedded, options);
    const configuration = { ...embedded, eventLogUrl: ownLog(given, company) ?? embedded.eventLogUrl };
    await moveIn(configuration, company, options, leaving.signal);
    if (leaving.signal.aborted) return exitCode.interrupted;
    return await receive(configuration, company, options, leaving.signal);
  } finally {
    leaving.release();
    if (options.once) remove(folder);
  }
};

function remove(folder: string): void {
  for (const each of [folder, `${folder}.keep`]) rmSync(each, { recursive: true, force: true });
}

/** Looked at before the company is loaded, and before that of an earlier run, which may be the one that listens there, is thrown away. */
const assertFree = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen({ host, port }, () => probe.close(() => resolve()));
  });

const fileOf = ({ dataFolder }: Configuration) => path.join(dataFolder, 'demo.json');

/** The company that an earlier run began, or else a new one. */
const residenceIn = (configuration: Configuration, { customers, seed }: DemoOptions): Residence => {
  const file = fileOf(configuration);
  if (!existsSync(file)) return { seed, customers, until: Date.now(), loaded: false };
  const found = JSON.parse(readFileSync(file, 'utf8')) as Residence;
  if (found.seed !== seed || found.customers !== customers)
    say(`The folder contains the company of an earlier run (${found.customers} customers, seed ${found.seed}); --fresh creates a new one.`);
  return found;
};

/** On a server what a folder is on a disk: a namespace of its own, of this company alone. Undefined where the log is a file. */
const ownLog = ({ eventLogUrl }: Configuration, { until }: Residence): string | undefined => {
  const [, server, namespace] = /^(esdb.+)#(.+)$/.exec(eventLogUrl) ?? [];
  return server && `${server}#${namespace}-demo-${until.toString(36)}`;
};

/** The log of the folder may have been deleted, or that of a server be on another one. */
const isBegun = async (configuration: Configuration): Promise<boolean> => {
  const log = await openIfThere(configuration);
  const head = await log?.head().finally(() => log.close());
  return head !== undefined && head !== ORIGIN;
};

const moveIn = async (configuration: Configuration, company: Residence, { once }: DemoOptions, leaving: AbortSignal): Promise<void> => {
  const file = fileOf(configuration);
  if (company.loaded && (await isBegun(configuration))) return;
  const resumes = existsSync(file) && !company.loaded;
  privateFolder(configuration.dataFolder);
  writeFileSync(file, JSON.stringify({ ...company, loaded: false }), { mode: PRIVATE_FILE });
  say(
    resumes
      ? `Resuming the interrupted load of three years of a company with ${company.customers} customers …`
      : `Loading three years of a company with ${company.customers} customers into an empty chronicle …`,
  );
  // The same company has the same ids wherever it is loaded.
  await chooseDerivedIds(configuration.keyStoreUrl, 'plain');
  const clock: PastClock = { now: company.until };
  const chronicle = await openChronicle(configuration, () => new Date(clock.now).toISOString());
  const started = performance.now();
  try {
    const told = await loadHistory(chronicle.service, clock, company, leaving);
    if (leaving.aborted) {
      const all = (company.customers * COMMANDS_OF_A_CUSTOMER).toLocaleString('en');
      const said = `Interrupted after ${told.toLocaleString('en')} of about ${all} commands`;
      return say(once ? `${said}.` : `${said}; \`letopis demo\` resumes, \`letopis demo --fresh\` starts again.`);
    }
    const seconds = (performance.now() - started) / 1000;
    say(`${told} commands in ${seconds.toFixed(1)} s, each durable before the next one of its customer.`);
  } finally {
    await chronicle.close();
  }
  writeFileSync(file, JSON.stringify({ ...company, loaded: true }));
};

const receive = async (
  configuration: Configuration,
  company: Residence,
  { once }: DemoOptions,
  leaving: AbortSignal,
): Promise<ExitCode> => {
  const api = await startApi({ configuration, logger: createLogger(configuration.logLevel) });
  try {
    const token = await demoKey(api);
    const guest = visitor(api.url, token);
    await untilReady(guest, leaving);
    const stops = await planTour(guest, company);
    if (once) return await check(guest, stops);
    await welcome(api.url, token, stops);
    await new Promise((resolve) => leaving.addEventListener('abort', resolve, { once: true }));
    say('\nClosing …');
    return exitCode.ok;
  } catch (error) {
    if (leaving.aborted) return exitCode.interrupted;
    throw error;
  } finally {
    await api.close();
  }
};

const demoKey = async ({ services: { keys, clock } }: RunningApi): Promise<string> =>
  (await keys.create({ role: 'supervisor', actorId: 'demo-visitor', name: 'created by the demo', now: clock() })).token;

const planTour = async (guest: Visitor, company: Residence): Promise<readonly Stop[]> => {
  const { customerId, curatorId } = await showcase(guest, company);
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return tourOf({
    customerId,
    curatorId,
    contactId: `demo-${Date.now().toString(36)}`,
    lastYear: day(company.until - 365 * DAY),
    workday: day(nextWorkday(company.until)),
  });
};

/** The first customer, or the next best among a few, who has a plan, an open promise and a rung that elapsed time took away. */
const showcase = async (guest: Visitor, { seed, customers }: Residence): Promise<{ customerId: string; curatorId: string }> => {
  let best = { shown: -1, customerId: '', curatorId: '' };
  for (let number = 0; number < Math.min(customers, CANDIDATES) && best.shown < 3; number++) {
    const customerId = opaqueId(seed, 'customer', number);
    const card = (await guest.get(`/customers/${customerId}`)).json as Partial<
      Pick<CustomerCardAnswer, 'curator' | 'nextPlannedContact' | 'openPromises'>
    >;
    const ladder = (await guest.get(`/customers/${customerId}/ladder`)).json as Partial<Pick<LadderPosition, 'missing'>>;
    if (!card.curator) continue;
    const shown = [card.nextPlannedContact, card.openPromises?.length, ladder.missing?.some(({ lapsed }) => lapsed)].filter(Boolean).length;
    if (shown > best.shown) best = { shown, customerId, curatorId: card.curator.curatorId };
  }
  return best;
};
const CANDIDATES = 200;

const check = async (guest: Visitor, stops: readonly Stop[]): Promise<ExitCode> => {
  let wrong = 0;
  for (const stop of stops) {
    const answer = await guest.send(stop);
    const complaint = stop.complaint(answer);
    if (complaint !== undefined) wrong++;
    await printLine(
      `${complaint === undefined ? 'ok    ' : 'WRONG '} ${stop.method} ${stop.path}${complaint === undefined ? '' : `\n       ${complaint}`}`,
    );
    // What was written must be seen by the reader who asks for its position.
    if (stop.method === 'POST' && complaint === undefined) {
      const { position } = answer.json as { readonly position: string };
      const seen = await guest.get(stops[0]?.path ?? '/', { 'min-position': position });
      if (seen.text.includes(String(stop.body?.contactId))) await printLine('ok     the contact is in the timeline');
      else {
        wrong++;
        await printLine('WRONG  the contact is not in the timeline');
      }
    }
  }
  await printLine(wrong === 0 ? 'All checks passed.' : `${wrong} of the checks failed.`);
  return wrong === 0 ? exitCode.ok : exitCode.partly;
};

const welcome = async (url: string, token: string, stops: readonly Stop[]): Promise<void> => {
  const lines = [
    '',
    `Letopis is at ${url}, its documentation at ${url}/docs, its health at ${url}/health/ready`,
    'A key with the role supervisor; for the commands below run in another terminal:',
    '',
    `  export LETOPIS_KEY=${token}`,
    '  auth="Authorization: Bearer $LETOPIS_KEY"',
    '',
    'Things to try:',
    ...stops.flatMap((stop, index) => ['', `  ${index + 1}. ${stop.title}`, `     ${asCurl(url, stop)}`]),
    '',
    `The same in tables: npm run -s letopis -- views funnel --server ${url} --key "$LETOPIS_KEY"`,
    'Ctrl-C stops it; recorded data is kept.',
  ];
  await printLine(lines.join('\n'));
};

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMetrics, problemPages, variables } from '#platform';
import { projections } from '#projections';
import { commandByName, commandCatalogue, eventDefinitions, policyNames, processCommands } from '#relationship';
import { inboundCommands } from '#streaming/inbound/inbound-commands.js';
import { openApiDocument } from '../../apps/api/src/openapi/openapi-document.js';
import { compileMapping } from '../../apps/cli/src/import/mapping/compile-mapping.js';
import { compilerFor } from '../../apps/cli/src/import/values/compile.js';
import { operators } from '../../apps/cli/src/import/values/operators.js';
import { buildProgram } from '../../apps/cli/src/program.js';
import { anchorsOf, blocksOf, codeSpansOf, columnOf, linksOf, namesIn, page, pages } from './pages.js';
import { personalRows, plainRows } from './personal-tables.js';

const sorted = (names: Iterable<string>): readonly string[] => [...names].sort();

describe('README.md', () => {
  it('has fewer than 150 lines', () => {
    expect(pages.find(({ file }) => file === 'README.md')!.text.split('\n').length).toBeLessThan(150);
  });

  it('links every page of docs/', () => {
    const readme = pages.find(({ file }) => file === 'README.md')!;
    for (const { file } of pages) if (file !== 'README.md') expect(linksOf(readme)).toContain(file);
  });
});

describe.each(pages.map((each) => [each.file, each] as const))('%s', (file, each) => {
  it('has links to files and headings that exist', () => {
    const broken = linksOf(each).filter((link) => {
      const [target, anchor] = link.split('#') as [string, string?];
      const found = target === '' ? file : path.join(path.dirname(file), target);
      if (!existsSync(found)) return true;
      return anchor !== undefined && !anchorsOf(pages.find((one) => one.file === found)!).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('names addresses that the API has', () => {
    const { paths } = openApiDocument() as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
    const open = ['/docs', '/openapi.json', '/asyncapi.json', '/problems', '/problems/{code}'].map((address) => [address, { get: {} }]);
    const known = [...Object.entries(paths), ...(open as [string, object][])];
    const unknown = codeSpansOf(each).filter((code) => {
      const [, method = 'get', address] = /^(?:(GET|POST|DELETE) )?(\/[a-z][^\s?]*)/.exec(code) ?? [];
      if (address === undefined) return false;
      return !known.some(
        ([pattern, methods]) =>
          (method.toLowerCase() in methods || !code.includes(' ')) &&
          pattern.split('/').length === address.split('/').length &&
          pattern.split('/').every((part, i) => part.startsWith('{') || part === address.split('/')[i]),
      );
    });
    expect(unknown).toEqual([]);
  });

  it('names commands of the CLI with options that they have', async () => {
    const wrong: string[] = [];
    for (const code of codeSpansOf(each)) {
      const [, name, rest] = /^letopis ([a-z][a-z-]*)(.*)$/.exec(code) ?? [];
      if (name === undefined) continue;
      const command = (await buildProgram([name])).commands.find((one) => one.name() === name);
      const help = [command, ...(command?.commands ?? [])].map((one) => one?.helpInformation() ?? '').join('');
      const options = [...rest!.matchAll(/--[a-z-]+/g)].map(([option]) => option);
      if (command === undefined || options.some((option) => option !== '--help' && !help.includes(option))) wrong.push(code);
    }
    expect(wrong).toEqual([]);
  });

  it('names scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const named = [...each.text.matchAll(/npm run (?:-s )?([a-z:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

it('every metric that the pages name is one that the programs have', async () => {
  const metrics = createMetrics();
  const rendered = await metrics.render();
  metrics.close();
  const named = pages.flatMap(codeSpansOf).filter((code) => /^letopis_\w+_(total|seconds|events|customers)$/.test(code));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !rendered.includes(`# TYPE ${name} `))).toEqual([]);
});

describe('docs/domain.md lists', () => {
  const domain = page('domain');

  it('every command and every event', () => {
    const withoutCommand = ['customer-merged', 'customer-unmerged'];
    expect(sorted(namesIn(columnOf(domain, 'commands')))).toEqual(
      sorted([...commandCatalogue, ...processCommands].map(({ name }) => name)),
    );
    expect(sorted([...namesIn(columnOf(domain, 'commands', 1)), ...withoutCommand])).toEqual(
      sorted(eventDefinitions.map(({ type }) => type)),
    );
  });

  it('what is personal of every event, and why the rest is not', () => {
    const rows = domain.text.split('\n');
    expect(rows).toEqual(expect.arrayContaining([...personalRows(eventDefinitions), ...plainRows(eventDefinitions)]));
    expect(columnOf(domain, 'event', 1)).toHaveLength(personalRows(eventDefinitions).length);
    expect(columnOf(domain, 'why plain')).toHaveLength(plainRows(eventDefinitions).length);
  });

  it('every policy and every view', () => {
    expect(sorted(namesIn(columnOf(domain, 'policy')))).toEqual(sorted(policyNames));
    expect(sorted(columnOf(domain, 'view'))).toEqual(sorted(projections.map(({ name }) => name)));
  });

  it('rejection codes that exist', () => {
    const codes = new Set(problemPages.map(({ code }) => code));
    const named = [...domain.prose.matchAll(/rejected\s\(([^)]+)\)/g)].flatMap(([, list]) => namesIn([list!]));
    expect(named.length).toBeGreaterThan(2);
    for (const code of named) expect(codes).toContain(code);
  });
});

it('docs/operations.md lists every variable of the configuration with its default', () => {
  const operations = page('operations');
  const defaults = columnOf(operations, 'variable', 1).map((cell) => namesIn([cell]));
  const listed = columnOf(operations, 'variable').flatMap((cell, row) =>
    namesIn([cell]).map((name, i) => [name, defaults[row]?.[i] ?? ''] as const),
  );
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(Object.entries(variables).map(([name, row]) => [name, row.default])));
});

it('docs/kafka.md lists what may be sent', () => {
  const type = columnOf(page('kafka'), 'part').indexOf('`ce_type`');
  expect(sorted(namesIn([columnOf(page('kafka'), 'part', 1)[type]!]))).toEqual(sorted(inboundCommands.map(({ name }) => name)));
});

it('docs/architecture.md lists every lib and every app', () => {
  const folders = ['apps', 'libs'].flatMap((folder) => readdirSync(folder).map((name) => `${folder}/${name}`));
  expect(sorted(namesIn(columnOf(page('architecture'), 'package')))).toEqual(sorted(folders));
});

it('docs/importing.md explains every published mapping', () => {
  const mappings = readdirSync('test/fixtures/mappings').filter((name) => name.endsWith('.json'));
  for (const name of mappings) expect(page('importing').text).toContain(`**${name}**`);
});

describe('docs/importing.md shows', () => {
  const examples = columnOf(page('importing'), 'operator').map((cell) => JSON.parse(namesIn([cell])[0]!));

  it('every operator', () => {
    const shown = examples.map((example) => Object.keys(example)[0]!);
    expect(sorted(new Set(shown))).toEqual(sorted(Object.keys(operators)));
  });

  it.each(examples.map((example) => [JSON.stringify(example), example]))('what is accepted: %s', (_, example) => {
    const lookups = new Map([['teams', { file: 'teams.csv', columns: ['region'], has: () => true, get: () => 'West' }]]);
    const counts = { notFound: 0, unmatched: 0 };
    const compile = compilerFor({
      system: 'shop',
      lookups,
      columns: new Set(),
      missing: new Set(),
      today: '2026-05-15',
      foreignKeyIds: { of: (...parts) => parts.join('-') },
      company: { zone: 'UTC' },
      counts,
      grouped: true,
      rowKey: () => ['1'],
    });
    const row = { file: 'f.csv', line: 2, original: () => ({}), get: (column: string) => fields[column] ?? column };
    expect(compile(example, 'body')(row)).toBeDefined();
  });
  const commands = blocksOf(page('importing'))
    .filter(({ info, code }) => info === 'json' && 'command' in JSON.parse(code))
    .map(({ code }) => JSON.parse(code));

  it.each(commands.map((command) => [command.command, command]))('a command that is accepted: %s', (_, command) => {
    const mapping = { system: 'shop', source: { format: 'csv' }, group: ['invoice'], commands: [command] } as const;
    expect(compileMapping(mapping, new Map(), commandByName, new Date()).commands).toHaveLength(1);
  });
  const fields: Readonly<Record<string, string>> = {
    phone: '030 12',
    cds: '3',
    price: '1,234.50',
    pieces: '-2',
    day: '20250803',
    born: '15.05.1985',
  };
});

it('every block of JSON can be parsed', () => {
  const blocks = pages.flatMap(blocksOf).filter(({ info }) => info.startsWith('json'));
  expect(blocks.length).toBeGreaterThan(0);
  for (const { code } of blocks) expect(() => JSON.parse(code)).not.toThrow();
});

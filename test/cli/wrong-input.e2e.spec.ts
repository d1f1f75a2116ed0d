import { chmodSync, existsSync, linkSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { leadsMapping, type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeAll(() => {
  place = workplace();
  place.file('good.csv', 'email,name,day,item,amount\na@x.org,A,2024-01-01,tea,1\n');
  place.file('good.json', JSON.stringify(leadsMapping));
  place.file('empty.csv', '');
  place.file('twice.csv', 'email,name,day,item,amount,name\n');
  place.file('missing.csv', 'email,name,day\n');
  place.file('nameless.csv', 'email,,day,item,amount\n');
  place.file('macintosh.csv', 'email,name,day\ra,b,c\r');
  const archive = gzipSync(Buffer.from(`email,name,day,item,amount\n${'a@x.org,A,2024-01-01,tea,1\n'.repeat(20_000)}`), { level: 0 });
  place.file('header-cut.csv.gz', archive.subarray(0, 15));
  place.file('cut.csv.gz', archive.subarray(0, archive.length / 2));
  place.file('damaged.csv.gz', Buffer.concat([archive.subarray(0, 2_000), Buffer.alloc(64, 0xff), archive.subarray(2_064)]));
  // Of two bytes a character, and the second is missing.
  place.file(
    'gbk.csv',
    Buffer.concat([Buffer.from(`email,name,day,item,amount\n${'a@x.org,A,2024-01-01,tea,1\n'.repeat(20_000)}`), Buffer.from([0xc4, 0x0a])]),
  );
  place.file('gbk.json', JSON.stringify({ ...leadsMapping, source: { format: 'csv', encoding: 'gbk' } }));
  place.file(
    'long.csv',
    Buffer.concat([Buffer.from('email,name,day,item,amount\na@x.org,A,2024-01-01,tea,1\n'), Buffer.alloc(17 * 1024 * 1024, 'x')]),
  );
  place.file(
    'encoding.json',
    JSON.stringify({ ...leadsMapping, lookups: { items: { file: 'items.csv', key: 'item', encoding: 'utf-9' } } }),
  );
  place.file('not.json', '{ "system": ');
  place.file('typo.json', JSON.stringify({ ...leadsMapping, lookup: {} }));
  place.file('no-system.json', JSON.stringify({ ...leadsMapping, system: undefined }));
  place.file('format.json', JSON.stringify({ ...leadsMapping, source: { format: 'xls' } }));
  place.file('operator.json', JSON.stringify({ ...leadsMapping, occurredAt: { $dat: 'x' } }));
  place.file('zone.json', JSON.stringify({ ...leadsMapping, occurredAt: { $date: { $column: 'day' }, zone: 'Europe/Rom' } }));
  place.file('command.json', JSON.stringify({ ...leadsMapping, commands: [{ command: 'delete-customer', target: 'x' }] }));
  const misspelt = [{ command: 'register-customer', target: 'x', body: { kind: 'person', displayname: 'A' } }];
  place.file('member.json', JSON.stringify({ ...leadsMapping, commands: misspelt }));
  place.file('map.json', JSON.stringify({ ...leadsMapping, occurredAt: { $column: 'day', map: {} } }));
  mkdirSync(path.join(place.folder, 'folder'));
  place.file('lookup.json', JSON.stringify({ ...leadsMapping, lookups: { items: { file: 'items.csv', key: 'item' } } }));
  linkSync(place.file('items.csv', 'item,kind\n'), path.join(place.folder, 'link.csv'));
});
afterAll(() => place.remove());

const wrong: readonly (readonly [what: string, args: readonly string[], says: string])[] = [
  ['a folder for a file', ['folder', '-m', 'good.json'], 'folder is a folder; name the file to import'],
  ['a file that is not there', ['none.csv', '-m', 'good.json'], 'file not found'],
  ['an empty file', ['empty.csv', '-m', 'good.json'], 'empty.csv is empty'],
  ['a header that names a column twice', ['twice.csv', '-m', 'good.json'], 'the column "name" occurs 2 times in the header'],
  ['a header without a column that is read', ['missing.csv', '-m', 'good.json'], 'lacks the columns amount, item that the mapping reads'],
  ['a header with a nameless column', ['nameless.csv', '-m', 'good.json'], 'column 2 of the header has no name'],
  ['lines that end in carriage returns', ['macintosh.csv', '-m', 'good.json'], 'ends its lines with carriage returns only'],
  ['an archive that is cut off', ['header-cut.csv.gz', '-m', 'good.json'], 'gzip archive is cut off'],
  ['an archive that is cut off in its middle', ['cut.csv.gz', '-m', 'good.json'], 'gzip archive is cut off'],
  ['an archive that is damaged', ['damaged.csv.gz', '-m', 'good.json'], 'gzip archive is damaged'],
  ['bytes that the encoding does not know', ['gbk.csv', '-m', 'gbk.json'], 'gbk.csv: line 20002 has bytes that are not gbk'],
  ['a line without an end', ['long.csv', '-m', 'good.json'], 'long.csv: line 3 is longer than 16 MiB'],
  ['an unknown encoding of a lookup', ['good.csv', '-m', 'encoding.json'], 'lookups.items.encoding "utf-9" is unknown'],
  ['no mapping', ['good.csv'], '--mapping is missing'],
  ['no file', [], 'name the file to import'],
  ['a mapping that is not there', ['good.csv', '-m', 'none.json'], 'none.json cannot be read: file not found'],
  ['a mapping that is no JSON', ['good.csv', '-m', 'not.json'], 'not.json is not JSON'],
  ['a mapping with an unknown member', ['good.csv', '-m', 'typo.json'], 'unknown property "lookup"'],
  ['a mapping without a system', ['good.csv', '-m', 'no-system.json'], 'lacks the property "system"'],
  ['a mapping of an unknown format', ['good.csv', '-m', 'format.json'], 'source.format must be csv, ndjson or lines'],
  ['an unknown operator', ['good.csv', '-m', 'operator.json'], 'occurredAt has the unknown operator "$dat"'],
  ['an unknown time zone', ['good.csv', '-m', 'zone.json'], 'occurredAt.zone must be an IANA time zone'],
  ['an unknown command', ['good.csv', '-m', 'command.json'], 'commands.0.command "delete-customer" is not a command'],
  [
    'an unknown member of a body',
    ['good.csv', '-m', 'member.json'],
    'commands.0.body has the unknown property "displayname"; did you mean "displayName"?',
  ],
  ['a value map that does not say what to do otherwise', ['good.csv', '-m', 'map.json'], 'occurredAt.otherwise must define what happens'],
  ['a lookup that the mapping does not have', ['good.csv', '-m', 'good.json', '--lookup', 'x=y.csv'], 'the mapping has no such lookup'],
  ['rejects over the input', ['good.csv', '-m', 'good.json', '--rejects', 'good.csv'], 'names the imported file itself'],
  ['rejects over the mapping', ['good.csv', '-m', 'good.json', '--rejects', 'folder/../good.json'], 'names the mapping itself'],
  ['rejects over a lookup', ['good.csv', '-m', 'lookup.json', '--rejects', 'link.csv'], 'names the lookup items itself'],
  ['rejects over a folder', ['good.csv', '-m', 'good.json', '--rejects', 'folder'], 'folder is not a regular file'],
  ['rejects in no folder', ['good.csv', '-m', 'good.json', '--rejects', 'none/r.csv'], 'folder none does not exist'],
  ['an unknown option', ['good.csv', '-m', 'good.json', '--dryrun'], "unknown option '--dryrun'"],
  ['a server without a key', ['good.csv', '-m', 'good.json', '--server', 'http://127.0.0.1:1'], '--server requires an API key'],
  ['a server that is no address', ['good.csv', '-m', 'good.json', '--server', 'localhost', '--key', 'x'], '--server must be an address'],
];

describe('wrong input of an import ends with exit code 2, one sentence, and nothing appended', () => {
  it.each(wrong)('%s', async (_, args, says) => {
    const { code, stdout, stderr } = await place.run('import', ...args);
    expect(stderr).toContain(says);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('leaves no event behind', async () => {
    expect((await place.run('events')).stdout).toBe('');
  });
});

describe('engines that cannot be used end with exit code 3', () => {
  it('a server that does not answer', async () => {
    const { code, stderr } = await place.run('import', 'good.csv', '-m', 'good.json', '--server', 'http://127.0.0.1:1', '--key', 'x');
    expect(stderr).toContain('http://127.0.0.1:1: does not answer');
    expect(code).toBe(3);
  });

  it('a data folder that is a file', async () => {
    const { code, stderr } = await place.runWith({ LETOPIS_DATA: place.file('file', 'x') }, 'import', 'good.csv', '-m', 'good.json');
    expect(stderr).toMatch(/^letopis: .+\n$/);
    expect(code).toBe(3);
  });

  (existsSync('/dev/full') ? it : it.skip).each([['events'], ['views', 'customers'], ['keys', 'list'], ['--help']])(
    'a full disk beneath standard output: %s',
    async (...args) => {
      await place.run('keys', 'create', '--role', 'admin', '--actor', 'tester');
      await place.run('import', 'good.csv', '-m', 'good.json');
      expect(await place.runInto('/dev/full', ...args)).toEqual({
        code: 3,
        stdout: '',
        stderr: 'letopis: cannot write to standard output: no space left on its disk\n',
      });
    },
  );

  it('a wrong configuration ends with 2 and names the variable', async () => {
    const { code, stderr } = await place.runWith({ PORT: '70000' }, 'import', 'good.csv', '-m', 'good.json');
    expect(stderr).toContain('PORT=70000');
    expect(code).toBe(2);
  });

  (process.getuid?.() === 0 ? it.skip : it)('a file that may not be read (needs a user other than root)', async () => {
    chmodSync(place.file('secret.csv', 'x'), 0o000);
    expect((await place.run('import', 'secret.csv', '-m', 'good.json')).stderr).toContain('permission denied');
  });
});

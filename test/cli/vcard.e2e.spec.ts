import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeEach(() => {
  place = workplace();
});
afterEach(() => place.remove());

const card = (...lines: readonly string[]) => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');
const anna = card('FN:Анна Каренина', 'UID:a-1', 'EMAIL;TYPE=HOME:anna@example.com', 'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ');

describe('letopis vcard', () => {
  it('makes customers of cards, leaves photos out, and appends nothing the second time', async () => {
    place.file('book.vcf', anna + card('FN:Bo', 'TEL:1') + card('NOTE:nobody'));
    const first = await place.run('vcard', 'book.vcf', '--json');
    expect({ code: first.code, ...JSON.parse(first.stdout) }).toMatchObject({
      code: 1,
      rows: 3,
      eventsAppended: 4,
      rejected: 1,
      leftOut: 1,
    });
    expect(place.read('vcard.rejects.vcf')).toContain('X-LETOPIS-REASON:the card identifies nobody');
    const again = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 6, unchanged: 0 });
    const [registered] = await place.domainEvents();
    expect(registered).toMatchObject({ type: 'customer-registered', data: { displayName: 'Анна Каренина', kind: 'person' } });
  });

  it('takes the name and title of the card that comes last, and says what it skips, leaves out and rejects', async () => {
    const assistant = card('UID:m16', 'FN:Anna Alt', 'TITLE:Assistant');
    const director = card('UID:m16', 'FN:Anna Neu', 'TITLE:Director');
    for (const book of [assistant, director, assistant]) {
      place.file('book.vcf', book);
      expect(await place.run('vcard', 'book.vcf')).toMatchObject({ code: 0 });
    }
    const last = (type: string) => place.domainEvents().then((events) => events.findLast((event) => event.type === type)?.data);
    expect(await last('customer-details-corrected')).toMatchObject({ field: 'displayName', to: 'Anna Alt' });
    expect(await last('customer-profile-recorded')).toMatchObject({ attributes: { title: 'Assistant' } });
    const groups =
      card('UID:m14a', 'FN:Chess club', 'X-ADDRESSBOOKSERVER-KIND:group') + card('UID:m14c', 'FN:Meeting room 3', 'KIND:location');
    const two = card('UID:m16x', 'FN:Berta Erste', 'ANNIVERSARY:20090808') + card('UID:m16x', 'FN:Cem Zweiter');
    const before = await place.eventCount();
    place.file('more.vcf', groups + two);
    const { code, stderr } = await place.run('vcard', 'more.vcf', '--dry-run');
    expect(code).toBe(1);
    expect(stderr).toContain('  2 cards of groups, rooms, applications or devices skipped\n');
    expect(stderr).toContain('  1 properties left out:\n    1 ANNIVERSARY (in the card in more.vcf at line 13)\n');
    expect(place.read('vcard.rejects.dry-run.vcf')).toContain('X-LETOPIS-REASON:a card before this one has the same UID and another name');
    expect(await place.eventCount()).toBe(before);
  });

  it('adds what is new on a card that is known by its UID', async () => {
    place.file('book.vcf', anna);
    await place.run('vcard', 'book.vcf');
    place.file('book.vcf', anna.replace('UID:a-1', 'UID:a-1\r\nTEL:+7 1'));
    const { stdout } = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ eventsAppended: 1, alreadyThere: 1, unchanged: 2, rejected: 0 });
    expect((await place.domainEvents()).map(({ type }) => type)).toEqual([
      'customer-registered',
      'customer-identifier-added',
      'customer-identifier-added',
    ]);
  });

  it('matches a changed card without a UID by its addresses, and says so', async () => {
    const family = 'TEL:+49 30 901820';
    place.file('book.vcf', card('FN:Cara', 'EMAIL:cara@example.com', family) + card('FN:Dan', family));
    await place.run('vcard', 'book.vcf');
    const [cara, dan] = (await place.domainEvents()).filter(({ type }) => type === 'customer-registered').map(({ stream }) => stream);
    const changed =
      card('FN:Cara', 'TITLE:Prof', 'EMAIL:cara@example.com', family) + card('FN:Dan', 'TITLE:Dr', family) + card('FN:Eve', family);
    place.file('book.vcf', changed);
    const { code, stderr } = await place.run('vcard', 'book.vcf');
    expect(code).toBe(0);
    expect(stderr).toContain(
      '  2 cards without a UID matched to known customers by name and e-mail address or phone number (book.vcf:1, book.vcf:8)\n',
    );
    const events = await place.domainEvents();
    const titles = events
      .filter(({ type }) => type === 'customer-profile-recorded')
      .map(({ stream, data }) => [stream, data.attributes] as const);
    expect(new Map(titles)).toEqual(
      new Map([
        [cara, { title: 'Prof' }],
        [dan, { title: 'Dr' }],
      ]),
    );
    expect(events.filter(({ type }) => type === 'customer-registered').map(({ data }) => data.displayName)).toEqual(['Cara', 'Dan', 'Eve']);
    const again = await place.run('vcard', 'book.vcf', '--json');
    expect({ code: again.code, ...JSON.parse(again.stdout) }).toMatchObject({ code: 0, eventsAppended: 0, rejected: 0 });
    expect(await place.domainEvents()).toHaveLength(events.length);
  });

  it('never gives a card without a UID to the customer of another name who has its address', async () => {
    const shared = 'EMAIL:family@example.com';
    place.file('book.vcf', card('FN:Anna', shared));
    await place.run('vcard', 'book.vcf');
    place.file('book.vcf', card('FN:Ben', shared));
    const rehearsed = await place.run('vcard', 'book.vcf', '--dry-run');
    expect(rehearsed.stderr).toContain('book.vcf: 1 card in ');
    expect(rehearsed.stderr).toContain('their name does not say which; they are new customers (book.vcf:1)\n');
    const { stdout } = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ undecided: 1, matchedByIdentifier: 0, rejected: 0 });
    const names = (await place.domainEvents()).map(({ type, data }) => [type, data.displayName]);
    expect(names.filter(([type]) => type !== 'customer-identifier-added')).toEqual([
      ['customer-registered', 'Anna'],
      ['customer-registered', 'Ben'],
    ]);
  });

  it('finds its customer among more than a page of those who share a phone number', async () => {
    const book = (...more: readonly string[]) =>
      Array.from({ length: 120 }, (_, index) => card(`FN:P ${index}`, 'TEL:+49 30 901820', ...more)).join('');
    place.file('book.vcf', book());
    await place.run('vcard', 'book.vcf');
    place.file('book.vcf', book('TITLE:Dr'));
    const { stdout } = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ matchedByIdentifier: 120, undecided: 0, eventsAppended: 120 });
  });

  it('takes every card of two files of one name', async () => {
    place.file('a/contacts.vcf', card('FN:A', 'UID:a'));
    place.file('b/contacts.vcf', card('FN:B', 'UID:b'));
    const { code, stdout } = await place.run('vcard', 'a/contacts.vcf', 'b/contacts.vcf', '--json');
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, rows: 2, rejected: 0, eventsAppended: 2 });
    expect((await place.domainEvents()).map(({ data }) => data.displayName)).toEqual(['A', 'B']);
  });

  it('keeps rejected cards as they came, and takes them when they are mended', async () => {
    const cyrillic = Buffer.from([0xc8, 0xe2, 0xe0, 0xed]);
    const unnamed = [Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE:'), cyrillic, Buffer.from('\r\nEND:VCARD\r\n')];
    place.file('book.vcf', Buffer.concat([Buffer.from('BEGIN:VCARD\r\nFN:Анна\r\n'), ...unnamed, Buffer.from(card('FN:Bo'))]));
    const first = await place.run('vcard', 'book.vcf', '--json', '--encoding', 'windows-1251');
    expect({ code: first.code, ...JSON.parse(first.stdout) }).toMatchObject({
      code: 1,
      rows: 3,
      rejected: 2,
      rejects: 'vcard.rejects.vcf',
    });
    const rejects = readFileSync(path.join(place.folder, 'vcard.rejects.vcf'));
    const of = /X-LETOPIS-IMPORT:(1-[0-9a-f]{8}-[0-9a-f]{12})/.exec(rejects.toString('latin1'))?.[1];
    expect(rejects.toString('latin1')).toBe(
      Buffer.concat([
        Buffer.from('BEGIN:VCARD\r\nX-LETOPIS-FILE:book.vcf\r\nX-LETOPIS-LINE:1\r\nX-LETOPIS-REASON:the card has no END:VCARD\r\n'),
        Buffer.from(`X-LETOPIS-IMPORT:${of}\r\nFN:Анна\r\nEND:VCARD\r\n`),
        Buffer.from(
          'BEGIN:VCARD\r\nX-LETOPIS-FILE:book.vcf\r\nX-LETOPIS-LINE:3\r\nX-LETOPIS-REASON:the card identifies nobody: it has no name, ',
        ),
        Buffer.from(`no organisation and no address\r\nX-LETOPIS-IMPORT:${of}\r\nVERSION:2.1\r\nNOTE:`),
        cyrillic,
        Buffer.from('\r\nEND:VCARD\r\n'),
      ]).toString('latin1'),
    );
    place.file('vcard.rejects.vcf', Buffer.from(rejects.toString('latin1').replace('NOTE:', 'FN:'), 'latin1'));
    const again = await place.run('vcard', 'vcard.rejects.vcf', '--json', '--encoding', 'windows-1251');
    expect({ code: again.code, ...JSON.parse(again.stdout) }).toMatchObject({ code: 0, rows: 2, rejected: 0 });
    const names = (await place.events()).filter(({ type }) => type === 'customer-registered').map(({ data }) => data.displayName);
    expect(names).toEqual(['Bo', 'Анна', 'Иван']);
  });

  it('names what known customers have and their cards no longer say', async () => {
    const book = (...lines: readonly string[]) => card('UID:a', 'FN:Anna', ...lines) + card('UID:b', 'FN:Bo', 'ROLE:Chef');
    place.file('book.vcf', book('TITLE:Dr', 'NOTE:tall', 'TEL:+49 30 901820', 'EMAIL:anna@example.com'));
    const first = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ kept: 0, rejected: 0 });
    place.file('book.vcf', book('NOTE:small', 'EMAIL:ANNA@example.com'));
    const { code, stderr } = await place.run('vcard', 'book.vcf', '--dry-run');
    expect(code).toBe(0);
    expect(stderr).toContain(
      [
        '  2 details kept that known customers have and their cards do not:',
        '    1 phone (in the card in book.vcf at line 1)',
        '    1 title (in the card in book.vcf at line 1)',
        '',
      ].join('\n'),
    );
    const { stdout } = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ kept: 2, keptByName: { phone: 1, title: 1 } });
  });

  it('reads packed files and UTF-16, and is the same import packed and not', async () => {
    const book = card('UID:a', 'FN:Анна') + card('UID:b', 'FN:Bo', 'NOTE:tall');
    const utf16 = Buffer.from(book, 'utf16le');
    place.file('a.vcf.gz', gzipSync(book));
    const first = await place.run('vcard', 'a.vcf.gz', '--json');
    expect(JSON.parse(first.stdout)).toMatchObject({ rows: 2, rejected: 0, eventsAppended: 3, leftOut: 0 });
    for (const content of [Buffer.from(book), utf16, utf16.swap16(), Buffer.from(`\ufeff${book}`, 'utf16le')]) {
      place.file('a.vcf', content);
      const { code, stdout } = await place.run('vcard', 'a.vcf', '--json');
      expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, rows: 2, rejected: 0, eventsAppended: 0 });
    }
    place.file('a.vcf.gz', gzipSync(book).subarray(0, 30));
    expect(await place.run('vcard', 'a.vcf.gz')).toMatchObject({ code: 2, stderr: expect.stringContaining('the gzip archive is cut off') });
  });

  it('says which text it has to guess at, and takes no encoding that it does not know', async () => {
    place.file('book.vcf', Buffer.concat([Buffer.from('BEGIN:VCARD\r\nFN:'), Buffer.from([0xc8, 0xe2]), Buffer.from('\r\nEND:VCARD\r\n')]));
    expect((await place.run('vcard', 'book.vcf', '--dry-run')).stderr).toMatch(
      /^1 of 1 cards have text that is neither UTF-8 nor in the encoding that CHARSET names, the first in book\.vcf at line 1; it is read as windows-1252\n/,
    );
    for (const label of ['cp-1251', 'utf-16le'])
      expect(await place.run('vcard', 'book.vcf', '--encoding', label)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('It must be a label such as windows-1251'),
      });
  });

  it('rejects to put its rejects over its input, and rehearses beside rejects that are there', async () => {
    place.file('book.vcf', anna + card('NOTE:nobody'));
    const { code, stderr } = await place.run('vcard', 'book.vcf', '--rejects', 'book.vcf');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'letopis: --rejects names book.vcf itself; use another file\n' });
    expect(place.read('book.vcf')).toContain('FN:Анна');
    place.file('vcard.rejects.vcf', 'mended');
    await place.run('vcard', 'book.vcf', '--dry-run');
    expect(place.read('vcard.rejects.vcf')).toBe('mended');
    expect(place.read('vcard.rejects.dry-run.vcf')).toContain('NOTE:nobody');
  });

  it('rejects a file without a card before it takes any', async () => {
    place.file('book.vcf', anna);
    place.file('text.vcf', 'hello');
    const { code, stderr } = await place.run('vcard', 'book.vcf', 'text.vcf');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'letopis: text.vcf contains no vCard (BEGIN:VCARD … END:VCARD)\n' });
    expect((await place.run('events')).stdout).toBe('');
  });
});

import { describe, expect, it } from '@jest/globals';
import { plainIds } from '#platform';
import { ownForeignKeyIds } from '../sink/foreign-key-ids.js';
import { parseCards } from './card.js';
import { cardCustomer, isCustomer } from './card-customer.js';

const book = { system: 'vcard', ids: ownForeignKeyIds(plainIds) };
const customers = (text: string | Buffer) => parseCards('test.vcf', Buffer.from(text as string)).map((card) => cardCustomer(card, book));
const card = (...lines: readonly string[]) => customers(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n'))[0];

describe('a card', () => {
  it('of version 2.1 has bare types, quoted-printable and charsets', () => {
    const customer = card(
      'VERSION:2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D0=98=D0=B2=',
      '=D0=B0=D0=BD;;;;',
      'TEL;CELL;PREF:+7 495 1',
    );
    expect(customer?.registration.displayName).toBe('Иван');
    expect(customer?.identifiers).toEqual([{ kind: 'phone', value: '+7 495 1', label: 'cell' }]);
  });

  it('in the code page of Windows is read as such', () => {
    const bytes = Buffer.concat([
      Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=windows-1251:'),
      Buffer.from([0xc8, 0xe2, 0xe0, 0xed]),
      Buffer.from('\r\nEND:VCARD\r\n'),
    ]);
    expect(customers(bytes)[0]?.registration.displayName).toBe('Иван');
  });

  it('is read in the encoding that is named for bytes without a charset, and says that it was', () => {
    const bytes = Buffer.concat([
      Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nFN:'),
      Buffer.from([0xc8, 0xe2, 0xe0, 0xed]),
      Buffer.from('\r\nNOTE:иначе\r\nEND:VCARD\r\n'),
    ]);
    const [read] = parseCards('test.vcf', bytes, 'windows-1251');
    expect(read?.properties.map(({ name, value, guessed }) => [name, value, guessed])).toEqual([
      ['VERSION', '2.1', false],
      ['FN', 'Иван', true],
      ['NOTE', 'иначе', false],
    ]);
    expect(parseCards('test.vcf', bytes)[0]?.properties[1]?.value).toBe('Èâàí');
  });

  it('unfolds its lines inside a word', () => {
    expect(card('VERSION:3.0', 'FN:Maria del', ' a Cruz')?.registration.displayName).toBe('Maria dela Cruz');
  });

  it('without a version is of the one that it looks like, and says that its lines were joined by guess', () => {
    const read = (...lines: readonly string[]) =>
      parseCards('test.vcf', Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].join('\r\n')))[0];
    const of = (...lines: readonly string[]) => {
      const found = read(...lines);
      return [found?.version, found?.foldedByGuess ?? false, found?.properties.at(-1)?.value];
    };
    expect(of('TEL;WORK:1', 'FN:Maria', ' da Cruz')).toEqual(['2.1', true, 'Maria da Cruz']);
    expect(of('TEL;TYPE=WORK:1', 'FN:Maria d', ' a Cruz')).toEqual(['3.0', true, 'Maria da Cruz']);
    expect(of('TEL;TYPE=WORK:1', 'FN:Maria')).toEqual(['3.0', false, 'Maria']);
    expect(of('VERSION:3.0', 'TEL;WORK:1', 'FN:Maria', ' da Cruz')).toEqual(['3.0', false, 'Mariada Cruz']);
  });

  it('counts the card of an agent, a label that is cut, and the second label of a number as left out', () => {
    const nested = ['AGENT:', 'BEGIN:VCARD', 'VERSION:2.1', 'FN:Bo', 'END:VCARD'];
    const long = ['item1.TEL:2', `item1.X-ABLABEL:${'x'.repeat(101)}`];
    const customer = card('VERSION:2.1', 'FN:A', ...nested, 'TEL;HOME:1', 'TEL;WORK:1', ...long);
    expect(customer?.leftOut).toEqual(['AGENT', 'second label of TEL', 'label beyond 100 characters']);
  });

  it('undoes its escapes', () => {
    const customer = card('VERSION:3.0', 'FN:Doe\\, John', 'NOTE:a\\nb\\;c', 'ORG:IBM\\; Co;Sales');
    expect(customer?.registration.displayName).toBe('Doe, John');
    expect(customer?.profile?.attributes).toEqual({ organisation: 'IBM; Co', department: 'Sales', note: 'a\nb;c' });
  });

  it('has labels of Apple and Google beside its properties', () => {
    const customer = card(
      'VERSION:3.0',
      'FN:A',
      'item1.TEL:1',
      'item1.X-ABLabel:_$!<HomePage>!$_',
      'item2.TEL:2',
      'item2.X-ABLabel:Bureau',
    );
    expect(customer?.identifiers.map(({ label }) => label)).toEqual(['HomePage', 'Bureau']);
  });

  it.each([
    ['BDAY:1985-05-15', { birthDate: '1985-05-15' }],
    ['BDAY:19850515', { birthDate: '1985-05-15' }],
    ['BDAY:--0509', { birthDate: '--05-09' }],
    ['BDAY:1985-05-15T23:30:00-11:00', { birthDate: '1985-05-15' }],
    ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09', { birthDate: '--05-09' }],
    ['BDAY:1985-02-30', { birthDateAsGiven: '1985-02-30' }],
    ['BDAY;VALUE=text:circa 1800', { birthDateAsGiven: 'circa 1800' }],
  ])('with %s was born %j', (line, person) => {
    expect(card('VERSION:4.0', 'FN:A', line)).toMatchObject({ profile: { person } });
  });

  it('leaves embedded photos out and counts them', () => {
    const customer = card('VERSION:3.0', 'FN:A', 'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ', ' SkZJRg==', 'LOGO:data:image/png;base64,iVBOR');
    expect(customer?.leftOut).toEqual(['PHOTO', 'LOGO']);
    expect(customer?.identifiers).toEqual([]);
  });

  it('of an organisation is an organisation', () => {
    expect(card('VERSION:4.0', 'KIND:org', 'FN:ACME')?.registration.kind).toBe('organisation');
    expect(card('VERSION:3.0', 'FN:', 'ORG:ACME')?.registration).toMatchObject({ kind: 'organisation', displayName: 'ACME' });
  });

  it('is the same customer by its UID, whatever else changed', () => {
    const before = card('VERSION:3.0', 'FN:A', 'UID:x-1');
    const after = card('VERSION:3.0', 'FN:B', 'UID:x-1', 'TEL:1');
    expect(after?.customerId).toBe(before?.customerId);
    expect(before?.customerId).not.toContain('x-1');
  });

  it('that names nobody is no customer', () => {
    expect(card('VERSION:3.0', 'NOTE:hm')).toBeUndefined();
  });

  it('takes neither a card within it nor a cut-off one for its own', () => {
    const text = [
      'BEGIN:VCARD',
      'VERSION:2.1',
      'FN:Boss',
      'AGENT:',
      'BEGIN:VCARD',
      'FN:Aide',
      'END:VCARD',
      'END:VCARD',
      'BEGIN:VCARD',
      'FN:cut',
    ].join('\n');
    const cards = parseCards('test.vcf', Buffer.from(text));
    expect(cards.map(({ problem }) => problem)).toEqual([undefined, 'the card has no END:VCARD']);
    expect(cards[0] && cardCustomer(cards[0], book)?.registration.displayName).toBe('Boss');
  });

  it('that lost its END costs no other card, and keeps its text', () => {
    const lines = [
      'hello',
      'BEGIN:VCARD',
      'FN:cut',
      'BEGIN:VCARD',
      'FN:A',
      'END:VCARD',
      '',
      'BEGIN:VCARD',
      'FN:B',
      'END:VCARD',
      'END:VCARD',
      '',
    ];
    const cards = parseCards('test.vcf', Buffer.from(lines.join('\r\n')));
    expect(cards.map(({ line, problem, text }) => [line, problem, text])).toEqual([
      [1, 'is outside any card', 'hello'],
      [2, 'the card has no END:VCARD', 'FN:cut'],
      [4, undefined, 'FN:A'],
      [8, undefined, 'FN:B'],
      [11, 'is outside any card', 'END:VCARD'],
    ]);
  });

  it('is the same customer whatever an import said of its rejection', () => {
    expect(card('X-LETOPIS-REASON:no', 'FN:A')?.customerId).toBe(card('FN:A')?.customerId);
  });
});

/** The cards of ../shared/cases, each with what is right. */
describe('a card that was read wrongly once', () => {
  it('continues a quoted-printable text after a soft break with blanks behind it', () => {
    const customer = card('VERSION:2.1', 'UID:m15b', 'FN:Ella', 'NOTE;ENCODING=QUOTED-PRINTABLE:line 1=  ', 'line 2');
    expect(customer).toMatchObject({ profile: { attributes: { note: 'line 1line 2' } }, leftOut: [] });
  });

  it('of version 2.1 keeps the blank at which it is folded', () => {
    expect(card('VERSION:2.1', 'FN:Alva', ' Testmann')?.registration.displayName).toBe('Alva Testmann');
    expect(card('VERSION:3.0', 'FN:Alva', ' Testmann')?.registration.displayName).toBe('AlvaTestmann');
  });

  it('keeps the extension of a phone number', () => {
    const customer = card('VERSION:4.0', 'UID:m17', 'FN:Alva Ext', 'TEL;VALUE=uri:tel:+1-555-555-0117;ext=5555');
    expect(customer?.identifiers).toEqual([{ kind: 'phone', value: '+1-555-555-0117;ext=5555' }]);
  });

  it.each([
    ['TEL;TYPE=24" desk:+49 30 23125 18', '+49 30 23125 18', '24" desk'],
    ['TEL;TYPE="work:+49 30 23125 18', '+49 30 23125 18', '"work'],
    ['TEL;TYPE=24" desk:"+49 30: 1"', '"+49 30: 1"', '24" desk'],
  ])('has the number of %s', (line, value, label) => {
    expect(card('VERSION:3.0', 'FN:Bruno Zoll', line)).toMatchObject({ identifiers: [{ kind: 'phone', value, label }], leftOut: [] });
  });

  it('is read as UTF-8 where its charset is unknown', () => {
    const [read] = parseCards('test.vcf', Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF8-MAC:Jürgen Prüß\r\nEND:VCARD\r\n'));
    expect(read?.properties[1]).toMatchObject({ value: 'Jürgen Prüß', guessed: false });
  });

  it('has a long note in several attributes, and says which address is too long', () => {
    const customer = card('VERSION:3.0', 'FN:Nora Note', `NOTE:${'n'.repeat(501)}`, 'NOTE:b', `URL:https://example.com/${'u'.repeat(500)}`);
    expect(customer?.profile?.attributes).toEqual({ note: 'n'.repeat(500), 'note-2': 'n', 'note-3': 'b' });
    expect(customer).toMatchObject({ identifiers: [], leftOut: ['URL longer than 500 characters'] });
  });

  it('names everything that it has no place for', () => {
    const lines = ['FN:A', 'FN:B', 'N:B;A;;;', 'ANNIVERSARY:20090808', 'PHOTO;ENCODING=b:/9j/4AAQ', 'SkZJRg==', 'a stray line', 'REV:1'];
    expect(card('VERSION:3.0', ...lines, `BDAY:${'x'.repeat(101)}`)?.leftOut).toEqual([
      'second FN',
      'ANNIVERSARY',
      'PHOTO',
      'line that is no property',
      'BDAY beyond 100 characters',
    ]);
  });

  it.each([
    ['VERSION:3.0', 'X-ADDRESSBOOKSERVER-KIND:group', false],
    ['VERSION:4.0', 'KIND:group', false],
    ['VERSION:4.0', 'KIND:location', false],
    ['VERSION:4.0', 'KIND:individual', true],
    ['VERSION:4.0', 'KIND:org', true],
    ['VERSION:4.0', 'KIND:x-robot', true],
  ])('with %s, %s is one of a customer: %s', (version, kind, expected) => {
    expect(isCustomer(parseCards('test.vcf', Buffer.from(`BEGIN:VCARD\n${version}\n${kind}\nFN:A\nEND:VCARD`))[0]!)).toBe(expected);
  });
});

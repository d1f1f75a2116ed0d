import { describe, expect, it } from '@jest/globals';
import { parseCards } from './card.js';
import { cardCustomer } from './card-customer.js';

const customers = (text: string | Buffer) => parseCards('test.vcf', Buffer.from(text as string)).map((card) => cardCustomer(card, 'vcard'));
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
    ['BDAY:1985-05-15', { birthDate: '1985-05-15' }, false],
    ['BDAY:19850515', { birthDate: '1985-05-15' }, true],
    ['BDAY:--0509', { birthDate: '--05-09' }, true],
    ['BDAY:1985-05-15T23:30:00-11:00', { birthDate: '1985-05-15' }, true],
    ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-09', { birthDate: '--05-09' }, true],
    ['BDAY:1985-02-30', { birthDateAsGiven: '1985-02-30' }, true],
    ['BDAY;VALUE=text:circa 1800', { birthDateAsGiven: 'circa 1800' }, true],
  ])('with %s was born %j', (line, person, reworded) => {
    expect(card('VERSION:4.0', 'FN:A', line)).toMatchObject({ profile: { person }, reworded });
  });

  it('leaves embedded photos out and counts them', () => {
    const customer = card('VERSION:3.0', 'FN:A', 'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ', ' SkZJRg==', 'LOGO:data:image/png;base64,iVBOR');
    expect(customer?.binaries).toBe(2);
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
    expect(cards[0] && cardCustomer(cards[0], 'vcard')?.registration.displayName).toBe('Boss');
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

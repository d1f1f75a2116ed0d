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
    expect(place.read('vcard.rejects.csv')).toContain('the card names nobody');
    const again = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ eventsAppended: 0, alreadyThere: 4 });
    const [registered] = await place.events();
    expect(registered).toMatchObject({ type: 'customer-registered', data: { displayName: 'Анна Каренина', kind: 'person' } });
  });

  it('adds what is new on a card that is known by its UID', async () => {
    place.file('book.vcf', anna);
    await place.run('vcard', 'book.vcf');
    place.file('book.vcf', anna.replace('UID:a-1', 'UID:a-1\r\nTEL:+7 1'));
    const { stdout } = await place.run('vcard', 'book.vcf', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ eventsAppended: 1, alreadyThere: 2, rejected: 0 });
    expect((await place.events()).map(({ type }) => type)).toEqual([
      'customer-registered',
      'customer-identifier-added',
      'customer-identifier-added',
    ]);
  });

  it('refuses to put its rejects over its input, and rehearses beside rejects that are there', async () => {
    place.file('book.vcf', anna + card('NOTE:nobody'));
    const { code, stderr } = await place.run('vcard', 'book.vcf', '--rejects', 'book.vcf');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'letopis: --rejects names book.vcf itself; name another one\n' });
    expect(place.read('book.vcf')).toContain('FN:Анна');
    place.file('vcard.rejects.csv', 'mended');
    await place.run('vcard', 'book.vcf', '--dry-run');
    expect(place.read('vcard.rejects.csv')).toBe('mended');
    expect(place.read('vcard.rejects.dry-run.csv')).toContain('NOTE:nobody');
  });

  it('refuses a file without a card before it takes any', async () => {
    place.file('book.vcf', anna);
    place.file('text.vcf', 'hello');
    const { code, stderr } = await place.run('vcard', 'book.vcf', 'text.vcf');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'letopis: text.vcf has no vCard: no BEGIN:VCARD … END:VCARD stands in it\n' });
    expect((await place.run('events')).stdout).toBe('');
  });
});

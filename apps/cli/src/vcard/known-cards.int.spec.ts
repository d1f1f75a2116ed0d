import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { plainIds } from '#platform';
import { ownForeignKeyIds } from '../sink/foreign-key-ids.js';
import { parseCards } from './card.js';
import { suspectsAmong } from './known-cards.js';

const book = [
  'BEGIN:VCARD',
  'VERSION:3.0',
  'FN:Cara',
  'EMAIL:cara@example.com',
  'END:VCARD',
  'BEGIN:VCARD',
  'VERSION:3.0',
  'UID:d',
  'FN:Dan',
];
const cards = parseCards('book.vcf', Buffer.from([...book, 'END:VCARD', ''].join('\r\n')));
const known = { identifiers: [{ kind: 'email', value: 'cara@example.com' }], profile: { attributes: { title: 'Prof' } } };

describe('cards that are compared with known customers', () => {
  let http: Server | undefined;
  afterEach(async () => {
    jest.restoreAllMocks();
    await new Promise((resolve) => http?.close(resolve));
  });

  /** A server that knows them all, and answers 500 to some questions. */
  async function compared(isBroken: (url: URL) => boolean) {
    http = createServer((request, answer) => {
      const url = new URL(request.url ?? '', 'http://here');
      answer.setHeader('content-type', 'application/json');
      if (isBroken(url)) return void answer.writeHead(500).end();
      const ids = url.searchParams.get('customerId')?.split(',') ?? ['c-1'];
      const customers = ids.map((customerId) => ({ customerId, displayName: 'Cara' }));
      answer.end(JSON.stringify(url.searchParams.size > 0 ? { customers } : known));
    });
    await new Promise<void>((resolve) => http?.listen(0, '127.0.0.1', resolve));
    const said: string[] = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    const server = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
    const { found, kept } = await suspectsAmong(cards, { system: 'vcard', ids: ownForeignKeyIds(plainIds) }, { server, key: 'letopis_x' });
    return { found: found.map(({ customerId }) => customerId), kept: kept.map(({ name }) => name), said };
  }

  it('are matched, and what they do not say is named', async () => {
    expect(await compared(() => false)).toEqual({ found: ['c-1'], kept: ['title', 'email', 'title'], said: [] });
  });

  it('stay matched where what they do not say cannot be read, and none of that is named', async () => {
    const { found, kept, said } = await compared(({ pathname, searchParams }) => searchParams.size === 0 && !pathname.endsWith('/c-1'));
    expect({ found, kept }).toEqual({ found: ['c-1'], kept: [] });
    expect(said).toEqual([expect.stringMatching(/^what known customers have and their cards do not is not reported: http.* 500\n$/)]);
  });

  it('are not matched where customers cannot be found by address, and what cards with a UID do not say is named', async () => {
    const { found, kept, said } = await compared(({ searchParams }) => searchParams.has('identifier'));
    expect({ found, kept }).toEqual({ found: [], kept: ['title', 'email', 'title'] });
    expect(said).toEqual([expect.stringMatching(/^not all cards without a UID are compared with known customers: http.* 500\n$/)]);
  });
});

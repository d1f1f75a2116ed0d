import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { FastifyReply } from 'fastify';
import { jsonPieces, sendJson } from './json-answer.js';

const sent = async (body: unknown): Promise<{ readonly text: string; readonly chunks: number }> => {
  const answer: { payload?: unknown } = {};
  const reply = {
    header: () => reply,
    send: (payload: unknown) => {
      answer.payload = payload;
    },
  };
  await sendJson(reply as unknown as FastifyReply, body);
  if (typeof answer.payload === 'string') return { text: answer.payload, chunks: 1 };
  const chunks: Buffer[] = [];
  for await (const chunk of answer.payload as AsyncIterable<Buffer>) chunks.push(Buffer.from(chunk));
  return { text: Buffer.concat(chunks).toString(), chunks: chunks.length };
};

describe('JSON in pieces', () => {
  it('is what JSON.stringify makes of it', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: false, maxDepth: 6 }), (value) => {
        fc.pre(JSON.stringify(value) !== undefined);
        expect([...jsonPieces(value)].join('')).toBe(JSON.stringify(value));
      }),
    );
    const body = {
      a: undefined,
      b: [undefined, { c: undefined }, [[[['d']]]]],
      at: new Date(0),
      portfolio: { customers: [{ id: 'ж' }] },
      none: [],
      empty: {},
    };
    expect([...jsonPieces(body)].join('')).toBe(JSON.stringify(body));
  });

  it('is sent at once where it is short, else in chunks of a bounded size', async () => {
    expect(await sent({ events: [1, 2] })).toEqual({ text: '{"events":[1,2]}', chunks: 1 });
    const body = { events: Array.from({ length: 40 }, (_, i) => ({ i, text: 'ж'.repeat(100_000) })), head: 'h' };
    const { text, chunks } = await sent(body);
    expect(JSON.parse(text)).toEqual(body);
    expect(chunks).toBeGreaterThan(10);
  });
});

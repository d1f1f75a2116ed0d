import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import type { KafkaMessage } from 'kafkajs';
import { prepareForUnreadable, withoutStandIns } from './unreadable-batch.js';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder');
const decodeMessages = require('kafkajs/src/protocol/requests/fetch/v4/decodeMessages');

/** Of one record, as KIP-98 has it: no time, an offset of its own, a key, no value, no headers. */
const record = (offset: number, key: string): Buffer => {
  const body = Buffer.concat([Buffer.from([0, 0, 2 * offset, 2 * key.length]), Buffer.from(key), Buffer.from([1, 0])]);
  return Buffer.concat([Buffer.from([2 * body.length]), body]);
};
const batch = (firstOffset: number, attributes: number, count: number, records: Buffer): Buffer => {
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(firstOffset), 0);
  head.writeInt32BE(49 + records.length, 8);
  head.writeInt8(2, 16);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(count - 1, 23);
  head.writeInt32BE(count, 57);
  return Buffer.concat([head, records]);
};
const fetched = async (...batches: readonly Buffer[]): Promise<readonly KafkaMessage[]> => {
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return decodeMessages(new Decoder(Buffer.concat([size, bytes])));
};

describe('batches that the client cannot read', () => {
  it.each([
    ['snappy', 2],
    ['lz4', 3],
    ['zstd', 4],
    ['gzip', 1],
  ])('of %s stand among the others as one message each that names its offsets', async (compression, attributes) => {
    prepareForUnreadable();
    const garbage = Buffer.from('none of these');
    const messages = await fetched(
      batch(5, 0, 2, Buffer.concat([record(0, 'a'), record(1, 'b')])),
      batch(7, attributes, 3, garbage),
      batch(10, attributes, 5_000, garbage),
      batch(5_010, 1, 1, gzipSync(record(0, 'c'))),
    );
    expect(withoutStandIns(messages).map(({ offset, key, unreadable }) => [offset, key?.toString(), unreadable])).toEqual([
      ['5', 'a', undefined],
      ['6', 'b', undefined],
      ['7', undefined, { compression, firstOffset: '7', lastOffset: '9' }],
      ['10', undefined, { compression, firstOffset: '10', lastOffset: '5009' }],
      ['5010', 'c', undefined],
    ]);
  });
});

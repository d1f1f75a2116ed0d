import type { KafkaMessage } from 'kafkajs';
import { client } from '../client.js';
import type { InboundMessage, UnreadableBatch } from './inbound-event.js';

/** In the attributes of a record, of which Kafka uses none; the type of compression stands beside it. */
const MARK = 0x40;
const MOST_RECORDS = 1 << 20;

/** As many records as a batch may say that it has: attributes, no time and no offset of their own, no key, no value, no headers (KIP-98). */
const standIns = (type: number): Buffer => {
  const record = [MARK | type, 0, 0, 1, 1, 0];
  return Buffer.alloc((record.length + 1) * MOST_RECORDS, Buffer.from([2 * record.length, ...record]));
};

let prepared = false;

/**
 * The client gives up a whole fetch over one such batch, and does not say where it stands. From now on, in this thread, it gives records without
 * content in its place, by which `withoutStandIns` knows it.
 */
export const prepareForUnreadable = (): void => {
  if (prepared) return;
  prepared = true;
  const { CompressionCodecs: codecs, CompressionTypes: types } = client();
  const gzip = codecs[types.GZIP]();
  codecs[types.GZIP] = () => ({ ...gzip, decompress: (buffer: Buffer) => gzip.decompress(buffer).catch(() => standIns(types.GZIP)) });
  for (const type of [types.Snappy, types.LZ4, types.ZSTD] as const) codecs[type] = () => ({ decompress: async () => standIns(type) });
};

/** Messages, each unreadable batch among them as one. */
export const withoutStandIns = (messages: readonly KafkaMessage[]): readonly InboundMessage[] => {
  const taken: InboundMessage[] = [];
  for (const message of messages) {
    const unreadable = unreadableOf(message);
    if (unreadable === undefined) taken.push(message);
    else if (taken.at(-1)?.unreadable?.firstOffset !== unreadable.firstOffset) taken.push({ ...message, unreadable });
  }
  return taken;
};

/** The client puts it there, and does not tell of it in its types. */
interface OfBatch {
  readonly batchContext?: { readonly firstOffset: string; readonly lastOffsetDelta: number };
}

const unreadableOf = ({ attributes, batchContext }: KafkaMessage & OfBatch): UnreadableBatch | undefined => {
  if (batchContext === undefined || (attributes & MARK) === 0) return undefined;
  const { firstOffset, lastOffsetDelta } = batchContext;
  const [compression = 'unknown'] = Object.entries(client().CompressionTypes).find(([, type]) => type === (attributes & ~MARK)) ?? [];
  return { compression: compression.toLowerCase(), firstOffset, lastOffset: String(BigInt(firstOffset) + BigInt(lastOffsetDelta)) };
};

import type { TopicSettings } from '../kafka.js';
import { LARGEST_MESSAGE_BYTES } from '../topics.js';

/** A record as it is handed to the client. */
export interface OutgoingRecord {
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly value: string | null;
}

/** Of a record and of a header, beside their bytes: lengths, attributes, offset and timestamp, each at its longest (KIP-98). */
const RECORD_BYTES = 32;
const HEADER_BYTES = 8;
/** Of a batch, which is what a topic bounds. */
const BATCH_BYTES = 128;

/** Bytes that a record takes in a batch, or a few more. */
export const sizeOfRecord = ({ key, headers = {}, value }: OutgoingRecord): number => {
  let size = RECORD_BYTES + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value));
  for (const name in headers) size += HEADER_BYTES + name.length + Buffer.byteLength(headers[name]!);
  return size;
};

/** The most that the records of a batch may have together. */
export const roomIn = ({ maxMessageBytes }: Pick<TopicSettings, 'maxMessageBytes'>): number =>
  Math.min(maxMessageBytes, LARGEST_MESSAGE_BYTES) - BATCH_BYTES;

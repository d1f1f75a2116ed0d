import type { IHeaders } from 'kafkajs';
import type { InboundMessage } from './inbound-event.js';

/** Why a message was not accepted: problem details (RFC 9457), as HTTP would answer. */
export interface Reason {
  readonly type: string;
  readonly title: string;
  readonly [member: string]: unknown;
}

export interface Rejected {
  readonly message: InboundMessage;
  readonly topic: string;
  readonly partition: number;
  readonly reason: Reason;
}

/** A record of the rejected topic: the message as it came, with what `letopis_…` headers say of it. */
export interface RejectRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

const OURS = 'letopis_';
/** A message with thousands of faults must not make a record that is too large to be sent. */
const LONGEST_REASON = 16 * 1024;

export const rejectRecordOf = ({ message, topic, partition, reason }: Rejected): RejectRecord => {
  const { key, value, offset, headers = {} } = message;
  // One that was mended and came back wrong again carries the reason of the last time.
  const theirs = Object.entries(headers).filter(([name]) => !name.startsWith(OURS));
  return {
    key,
    value,
    headers: {
      ...Object.fromEntries(theirs.map(([name, content]) => [name, sendable(content)])),
      [`${OURS}reason`]: reasonText(reason),
      [`${OURS}topic`]: topic,
      [`${OURS}partition`]: String(partition),
      [`${OURS}offset`]: offset,
    },
  };
};

/** Where the topic does not take so much: what is left of it tells where the message stands. */
export const withoutValue = (record: RejectRecord): RejectRecord => ({
  key: null,
  value: null,
  headers: {
    ...Object.fromEntries(Object.entries(record.headers).filter(([name]) => name.startsWith(OURS))),
    [`${OURS}left_out`]: `key, value and headers: ${sizeOf(record)} bytes exceed the limit of this topic (max.message.bytes)`,
  },
});

export const sizeOf = ({ key, value, headers }: RejectRecord): number =>
  Object.entries(headers).reduce(
    (size, [name, content]) => size + name.length + [content].flat().reduce((sum, each) => sum + (each?.length ?? 0), 0),
    (key?.length ?? 0) + (value?.length ?? 0),
  );

/** The client cannot send a header without a value, though it reads one. */
const sendable = (content: IHeaders[string]): IHeaders[string] =>
  Array.isArray(content) ? content.map((each) => each ?? '') : (content ?? '');

const reasonText = (reason: Reason): string => {
  const text = JSON.stringify(reason);
  if (text.length <= LONGEST_REASON) return text;
  const { type, title, status, errors } = reason;
  const count = Array.isArray(errors) ? errors.length : 0;
  return JSON.stringify({ type, title, status, detail: `${count} errors are too many to list; see the schema.` });
};

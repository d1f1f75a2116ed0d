import type { Producer } from 'kafkajs';
import { isOfType } from '../kafka.js';
import { type RejectRecord, sizeOf, withoutValue } from './reject-record.js';

/** What is sent together is one batch for the broker, and a topic bounds the size of a batch. */
const BATCH_BYTES = 512 * 1024;

/** Answers when all of them are written to every replica that is in sync. */
export const sendRejects = async (producer: Producer, topic: string, records: readonly RejectRecord[]): Promise<void> => {
  for (const messages of batches(records)) {
    try {
      await producer.send({ topic, acks: -1, messages: [...messages] });
    } catch (error) {
      if (!isOfType(error, 'MESSAGE_TOO_LARGE')) throw error;
      if (messages.length > 1) for (const message of messages) await sendRejects(producer, topic, [message]);
      else await producer.send({ topic, acks: -1, messages: messages.map(withoutValue) });
    }
  }
};

const batches = (records: readonly RejectRecord[]): readonly (readonly RejectRecord[])[] => {
  const made: RejectRecord[][] = [];
  let bytes = BATCH_BYTES;
  for (const record of records) {
    bytes += sizeOf(record);
    if (bytes > BATCH_BYTES) {
      made.push([]);
      bytes = sizeOf(record);
    }
    made.at(-1)!.push(record);
  }
  return made;
};

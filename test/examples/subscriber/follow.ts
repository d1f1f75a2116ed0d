import type { Kafka, KafkaMessage } from 'kafkajs';
import type { CustomerEvent, State } from './state.js';
import { type Api, readValue } from './value.js';

const STREAM = 'relationship-';

/**
 * Goes on where the group left off, for ever. The offset is committed after the state is: what came in between comes again after a kill, and
 * changes nothing.
 * @returns what ends it
 */
export const follow = async (kafka: Kafka, topic: string, group: string, api: Api, state: State, crashed: (error: Error) => void) => {
  // Where offsets have expired the whole history comes again, and what is known of it changes nothing.
  const consumer = kafka.consumer({ groupId: group, readUncommitted: false, sessionTimeout: 10_000 });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) crashed(payload.error);
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    async eachBatch({ batch }) {
      const events: CustomerEvent[] = [];
      for (const message of batch.messages) {
        const event = await eventOf(message, api);
        if (event) events.push(event);
      }
      state.apply(events);
    },
  });
  return () => consumer.disconnect();
};

/** Undefined for events of no customer: of curators, of policies. */
const eventOf = async (message: KafkaMessage, api: Api): Promise<CustomerEvent | undefined> => {
  const { headers = {} } = message;
  const text = (name: string) => String(headers[name]);
  const subject = text('ce_subject');
  if (!subject.startsWith(STREAM)) return undefined;
  return {
    customerId: subject.slice(STREAM.length),
    type: text('ce_type'),
    sequence: Number(text('ce_sequence')),
    position: text('ce_position'),
    contentHash: text('ce_contenthash'),
    data: (await readValue(message, api)) as CustomerEvent['data'],
  };
};

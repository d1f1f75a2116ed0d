import type { InboundMessage } from './inbound-event.js';

/**
 * Settles the messages of a batch: those of one key one after another, in order; those of different keys, and those without one, side by side.
 * @param settle answers undefined when it was interrupted: nothing more of that key is begun then
 * @param most under way at once
 * @returns the outcomes of the messages at the beginning of the batch that are all settled
 */
export const settleBatch = async <Outcome>(
  messages: readonly InboundMessage[],
  settle: (message: InboundMessage) => Promise<Outcome | undefined>,
  most: number,
): Promise<readonly Outcome[]> => {
  const outcomes = new Array<Outcome | undefined>(messages.length);
  const waiting = lanesOf(messages);
  const work = async () => {
    for (const lane of waiting) {
      for (const index of lane) {
        outcomes[index] = await settle(messages[index]!);
        if (outcomes[index] === undefined) break;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, messages.length) }, work));
  const open = outcomes.indexOf(undefined);
  return (open === -1 ? outcomes : outcomes.slice(0, open)) as Outcome[];
};

/** Indexes of the messages, by key; an iterator, so that each lane is taken once. */
const lanesOf = (messages: readonly InboundMessage[]): IterableIterator<readonly number[]> => {
  const lanes = new Map<string | number, number[]>();
  for (const [index, { key }] of messages.entries()) {
    const lane = key?.toString('latin1') ?? index;
    const before = lanes.get(lane);
    if (before) before.push(index);
    else lanes.set(lane, [index]);
  }
  return lanes.values();
};

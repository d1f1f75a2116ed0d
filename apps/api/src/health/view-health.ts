import { type EventLog, lagOf, type NotUnderstood, type Position } from '#event-log';
import { codeOfViews, type ProjectionLag, viewNames } from '#platform';
import { createViewReader, type ParkedSubject, ViewNotReady } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';

export interface ViewHealth extends ProjectionLag {
  readonly checkpoint: Position;
  /** False until this version of Letopis has built the view. */
  readonly live: boolean;
  /** Of that build. */
  readonly progress?: ViewNotReady['progress'];
}

type LaggedLog = Pick<EventLog, 'head' | 'readAll' | 'count'>;

/** Where every view stands, beside the head of the log. */
export const readViewHealth = async ({ log, store }: { readonly log: LaggedLog; readonly store: ReadModelStore }) => {
  const head = await log.head();
  const reader = createViewReader(store, codeOfViews());
  const keysLost = new Set<string>();
  const views = await Promise.all(
    viewNames.map(async (view): Promise<ViewHealth> => {
      const checkpoint = await reader.checkpoint(view);
      const lag = await lagOf(log, { checkpoint, head }, Date.now());
      try {
        const { parked } = await reader.collections(view);
        const count = await store.count(parked);
        if (count > 0) await addWithoutKey(keysLost, store, parked);
        return { view, live: true, checkpoint, ...lag, parked: count };
      } catch (error) {
        if (!(error instanceof ViewNotReady)) throw error;
        const { progress } = error;
        return { view, live: false, checkpoint, ...lag, parked: 0, ...(progress && { progress }) };
      }
    }),
  );
  return { head, views, keysLost };
};

/** So many of the parked ones are looked at: of a store that lost all its keys there is no end. */
const MOST = 10_000;

/** Customers and others that are parked as their key is lost. */
async function addWithoutKey(keysLost: Set<string>, store: ReadModelStore, parked: string): Promise<void> {
  for (let cursor: string | undefined; keysLost.size < MOST; ) {
    const { documents, next } = await store.find<ParkedSubject>(parked, { limit: 1_000, ...(cursor !== undefined && { cursor }) });
    for (const { body } of documents) if (body.error === KEY_LOST) keysLost.add(body.subject);
    if (next === undefined) return;
    cursor = next;
  }
}

const KEY_LOST = 'event-not-understood: key-lost' satisfies `event-not-understood: ${NotUnderstood}`;

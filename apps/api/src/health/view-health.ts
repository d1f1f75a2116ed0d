import { type EventLog, lagOf, type Position } from '#event-log';
import { codeOfViews, type ProjectionLag, viewNames } from '#platform';
import { createViewReader, ViewNotReady } from '#projections/runner/index.js';
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
  const views = await Promise.all(
    viewNames.map(async (view): Promise<ViewHealth> => {
      const checkpoint = await reader.checkpoint(view);
      const lag = await lagOf(log, { checkpoint, head }, Date.now());
      try {
        const { parked } = await reader.collections(view);
        const count = await store.count(parked);
        return { view, live: true, checkpoint, ...lag, parked: count };
      } catch (error) {
        if (!(error instanceof ViewNotReady)) throw error;
        const { progress } = error;
        return { view, live: false, checkpoint, ...lag, parked: 0, ...(progress && { progress }) };
      }
    }),
  );
  return { head, views };
};

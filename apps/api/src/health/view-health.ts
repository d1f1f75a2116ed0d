import type { EventLog } from '#event-log';
import { codeOfViews, type ProjectionLag, viewNames } from '#platform';
import { createViewReader, MOST_NAMED, type ParkedCustomer, ViewNotReady } from '#projections/runner/index.js';
import type { ReadModelStore } from '#read-models';

export interface ViewHealth extends ProjectionLag {
  readonly checkpoint: string;
  /** False until this version of Letopis has built the view. */
  readonly live: boolean;
  /** The first of them. */
  readonly parkedCustomers?: readonly ParkedCustomer[];
  /** Of that build. */
  readonly progress?: ViewNotReady['progress'];
}

/** Where every view stands, beside the head of the log. */
export const readViewHealth = async ({ log, store }: { readonly log: Pick<EventLog, 'head'>; readonly store: ReadModelStore }) => {
  const head = await log.head();
  const reader = createViewReader(store, codeOfViews());
  const views = await Promise.all(
    viewNames.map(async (view): Promise<ViewHealth> => {
      const checkpoint = await reader.checkpoint(view);
      try {
        const { parked } = await reader.collections(view);
        const count = await store.count(parked);
        const named = count > 0 && (await store.find<ParkedCustomer>(parked, { limit: MOST_NAMED })).documents.map(({ body }) => body);
        const lag = distance(checkpoint, head);
        return { view, live: true, checkpoint, lag, parked: count, ...(named && { parkedCustomers: named }) };
      } catch (error) {
        if (!(error instanceof ViewNotReady)) throw error;
        const { progress } = error;
        return { view, live: false, checkpoint, lag: distance(checkpoint, head), parked: 0, ...(progress && { progress }) };
      }
    }),
  );
  return { head, views };
};

/** Positions of the embedded engines count events; where they do not, the lag is a distance and no count. */
export const distance = (from: string, to: string): number =>
  /^\d+$/.test(from) && /^\d+$/.test(to) ? Math.max(0, Number(BigInt(to) - BigInt(from))) : 0;

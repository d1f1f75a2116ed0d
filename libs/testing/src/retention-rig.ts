import { setTimeout as sleep } from 'node:timers/promises';
import { createRetentionSteps } from '#platform/processes/retention-steps.js';
import { retention } from '#processes';
import type { Projection } from '#projections';
import { retentionProjection } from '#projections/retention/projection.js';
import { createProjector } from '#projections/runner/projector.js';
import { createViewReader, type StoredViewReader } from '#projections/runner/view-reader.js';
import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import { applyPolicyEvent, defaultPolicies } from '#relationship';
import type { ProcessRig, RunningProcess } from './process-rig.js';

export interface RunningRetention extends RunningProcess {
  readonly reader: StoredViewReader;
  /** Goes to an instant and on until what is to be swept then is swept, and all that was issued is answered. */
  at(instant: string): Promise<void>;
}

/** The process of the retention policy with a view of its own. */
export const runRetention = async (rig: ProcessRig): Promise<RunningRetention> => {
  const store = createMemoryReadModels();
  const projector = createProjector({
    ...{ log: rig.log, store, projections: [retentionProjection as Projection], lookMs: 1 },
    policies: { initial: defaultPolicies, apply: applyPolicyEvent },
  });
  await projector.start();
  const reader = createViewReader(store);
  const { clock } = rig;
  const running = rig.run(retention, (execute) =>
    createRetentionSteps({ log: rig.log, reader, execute, policies: rig.references.policies.current, clock }),
  );
  const unanswered = async (): Promise<number> => {
    const all = await rig.events('process-retention-');
    return all.reduce((open, { type }) => open + (type === 'process-commands-issued' ? 1 : -1), 0);
  };
  return {
    ...running,
    reader,
    async at(instant) {
      clock.advance(instant);
      await running.quiet();
      // A step that waits for the view looks again a second later.
      for (let seconds = 1; (await unanswered()) > 0; seconds++) {
        await sleep(5);
        clock.advance(new Date(Date.parse(instant) + seconds * 1_000).toISOString());
        await running.quiet();
      }
    },
    async stop() {
      await running.stop();
      await projector.stop();
    },
  };
};

/** The beginning of a day that is so many days after the first one. */
export const dayAfter = (number: number): string => new Date(Date.parse('2026-01-01T00:00:00.000Z') + number * 86_400_000).toISOString();

import { createErasureSteps } from '#platform/processes/erasure-steps.js';
import { type KeptOutside, openMemoryKeptOutside, openMemorySubjectKeys, type SubjectKeyStore } from '#privacy';
import { erasure } from '#processes';
import { ProcessRig, type RunningProcess } from './process-rig.js';

export interface Places {
  readonly keys: SubjectKeyStore;
  readonly outside: KeptOutside;
  readonly rejectedRows?: Parameters<typeof createErasureSteps>[0]['rejectedRows'];
  /** What the views say when they are asked; all is done when absent. */
  readonly views?: Parameters<typeof createErasureSteps>[0]['views'];
  readonly kafka?: Parameters<typeof createErasureSteps>[0]['kafka'];
  /** That of the test when absent. */
  readonly log?: Parameters<typeof createErasureSteps>[0]['log'];
  /** Goes with the clock of the test when absent. */
  readonly elapsedMs?: () => number;
}

export const placesInMemory = (): Places => ({ keys: openMemorySubjectKeys(), outside: openMemoryKeptOutside() });

const noViews = { reached: async () => undefined, parked: async () => new Set<string>(), purge: async () => true };

export const runErasure = (rig: ProcessRig, places: Places): RunningProcess =>
  rig.run(erasure, (execute) =>
    createErasureSteps({
      ...{ log: rig.log, views: noViews, elapsedMs: () => Date.parse(rig.clock.now()), ...places },
      ...{ execute, policies: rig.references.policies.current, clock: rig.clock },
    }),
  );

const supervisor = (id: string) => ({ actor: { kind: 'supervisor', id } as const });

/** Registered, and asked to be erased by one and confirmed by another. */
export const registerToErase = async (rig: ProcessRig, customerId: string): Promise<void> => {
  await rig.tell('register-customer', undefined, { customerId, kind: 'person', displayName: 'Anna' });
  await rig.tell('request-erasure', customerId, { ground: 'objection', reason: 'does not want it' }, supervisor('one'));
};

export const confirmErasure = (rig: ProcessRig, customerId: string) => rig.tell('confirm-erasure', customerId, {}, supervisor('other'));

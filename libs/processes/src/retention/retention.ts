import type { DomainEvent } from '#event-log';
import { POLICY, type PolicyEvent, startOfNextDay } from '#relationship/read-side.js';
import type { Cause, Process, Timer } from '../process.js';

/** A version of the policy, and when its sweep was done last. */
export interface Retaining {
  readonly version: number;
  readonly sweptAt: string;
  readonly cause: Cause;
}

const POLICY_STREAM = `${POLICY}-retention`;
/** The instance that sweeps; that of a day, `YYYY-MM-DD`, has the erasures of the day. */
const SWEEPING = 'policy';

/** As a step is named: by the version that the sweep is to see at least. */
const sweep = (version: number) => ({ perform: `sweep-${version}` });
export const versionToSweep = (step: string): number => Number(/^sweep-(\d+)$/.exec(step)?.[1] ?? Number.NaN);

/** Who erases by a version of the policy. */
export const retentionActor = (version: number): string => `policy-retention-${version}`;

const evolve = (state: Retaining | undefined, event: DomainEvent): Retaining | undefined => {
  const { id, correlationId, type, recordedAt } = event;
  if (type !== 'policy-published') return state && { ...state, sweptAt: recordedAt };
  const { version } = (event as DomainEvent & PolicyEvent).data;
  return { version, sweptAt: recordedAt, cause: { id, correlationId } };
};

/**
 * Sweeps when the policy is published and at the beginning of each day: who is due within 30 days is listed, and those whose day has come are
 * erased, no more on a day than the policy allows. What is erased on a day is issued by the instance of that day, once, so that several hosts
 * and one that was killed keep within that too.
 */
export const retention: Process<Retaining> = {
  name: 'retention',
  handles: ['policy-published'],
  idOf: ({ stream }) => (stream === POLICY_STREAM ? SWEEPING : undefined),
  evolve,
  timers: ({ sweptAt, cause }, { policies }): readonly Timer[] => [
    { key: 'day', at: startOfNextDay(policies.company.at(-1)!.document.zone, sweptAt), cause },
  ],
  decide(state, input) {
    if (input.kind === 'timer') return state ? [sweep(state.version)] : [];
    return input.event.type === 'policy-published' ? [sweep((input.event as DomainEvent & PolicyEvent).data.version)] : [];
  },
  ofMany: true,
  actorOf: ({ name, body }) =>
    name === 'erase-for-retention' ? retentionActor((body as { readonly policyVersion: number }).policyVersion) : 'process-retention',
};

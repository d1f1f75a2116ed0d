import type { DomainEvent } from '#event-log';
import { POLICY, type PolicyEvent, startOfDay, startOfNextDay } from '#relationship/read-side.js';
import type { Cause, Process, Timer } from '../process.js';

/** A version of the policy, what its last sweep was for, and when that was over. */
export interface Retaining {
  readonly version: number;
  readonly sweptAt: string;
  readonly answeredAt: string;
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
  if (type !== 'policy-published') {
    if (state === undefined) return undefined;
    // Of a timer the instant; that of a publication is known.
    const at = / day (\S+)$/.exec((event.data as { readonly input: string }).input)?.[1] ?? '';
    return { ...state, sweptAt: at > state.sweptAt ? at : state.sweptAt, answeredAt: recordedAt };
  }
  const { version } = (event as DomainEvent & PolicyEvent).data;
  return { version, sweptAt: recordedAt, answeredAt: recordedAt, cause: { id, correlationId } };
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
  /** A sweep that runs past midnight is followed by that of the new day; of days that were missed only the last is swept. */
  timers({ sweptAt, answeredAt, cause }, { policies }): readonly Timer[] {
    const { zone } = policies.company.at(-1)!.document;
    const [next, last] = [startOfNextDay(zone, sweptAt), startOfDay(zone, answeredAt)];
    return [{ key: 'day', at: next > last ? next : last, cause }];
  },
  decide(state, input) {
    if (input.kind === 'timer') return state ? [sweep(state.version)] : [];
    return input.event.type === 'policy-published' ? [sweep((input.event as DomainEvent & PolicyEvent).data.version)] : [];
  },
  ofMany: true,
  actorOf: ({ name, body }) =>
    name === 'erase-for-retention' ? retentionActor((body as { readonly policyVersion: number }).policyVersion) : 'process-retention',
};

import type { CommandRequest } from '#platform/commands/command-request.js';
import type { ProcessRig, RunningProcess } from './process-rig.js';

/** One thing at a time: the clock goes on, or a command is sent. */
export type LifeStep = { readonly now: string } | (Pick<CommandRequest, 'name' | 'body'> & { readonly targetId?: string });

export const LIFE_BEGINS = '2026-11-30T08:00:00.000Z';

/** The same for the same seed: promises and contacts of a few customers, some of which are kept, moved or called off in time. */
export const lifeOf = (seed: number, length: number): readonly LifeStep[] => {
  let random = seed;
  const upTo = (most: number): number => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * most);
  };
  let minutes = 0;
  const instant = (ahead: number) => new Date(Date.parse(LIFE_BEGINS) + (minutes + ahead) * 60_000).toISOString();
  const customers = ['c1', 'c2', 'c3'];
  const steps: LifeStep[] = customers.map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } }));
  for (let n = 0; steps.length < length; n++) {
    const of = { targetId: customers[upTo(customers.length)]! };
    const [promiseId, contactId] = [`p${upTo(n + 1)}`, `k${upTo(n + 1)}`];
    const way = { channel: 'phone', direction: 'inbound', purpose: 'service' };
    switch (upTo(8)) {
      case 0:
      case 1:
        steps.push({ ...of, name: 'make-promise', body: { promiseId: `p${n}`, text: 't', dueAt: instant(1 + upTo(90)) } });
        break;
      case 2:
      case 3:
        steps.push({ ...of, name: 'plan-contact', body: { contactId: `k${n}`, ...way, plannedFor: instant(1 + upTo(90)) } });
        break;
      case 4:
        steps.push({ ...of, name: 'keep-promise', body: { promiseId } });
        break;
      case 5:
        steps.push({ ...of, name: 'reschedule-contact', body: { contactId, to: instant(1 + upTo(90)) } });
        break;
      case 6:
        steps.push({ ...of, name: 'cancel-contact', body: { contactId } });
        break;
      default:
        minutes += 10 + upTo(60);
        steps.push({ now: instant(0) });
    }
  }
  minutes += 1_000;
  return [...steps, { now: instant(0) }];
};

/** Lives on from a step, with the clock as it was then; each step again changes nothing. */
export const liveOn = async (
  rig: ProcessRig,
  process: RunningProcess,
  life: readonly LifeStep[],
  from: number,
  lived: (step: number) => void,
): Promise<void> => {
  const time = life.slice(0, from).findLast((step) => 'now' in step);
  if (time && 'now' in time) rig.clock.advance(time.now);
  await process.quiet();
  for (const [index, step] of life.entries()) {
    if (index < from) continue;
    if ('now' in step) rig.clock.advance(step.now);
    else {
      const { name, targetId, body } = step;
      // Some are of what is not there, or over.
      await rig.tell(name, targetId, body as object, { idempotencyKey: `step-${index}` }).catch((error) => {
        if (error.name !== 'Rejection') throw error;
      });
    }
    await process.quiet();
    lived(index);
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { Customer, State } from './state.js';

export interface Api {
  readonly url: string;
  /** Of a service or an auditor. */
  readonly key: string;
}

export interface Difference {
  readonly here: Customer;
  readonly there: Expected;
}

interface Expected {
  readonly events: number;
  readonly hash: string;
}

/** Asks the chronicle about every customer who has changed since they were last found to agree. */
export const reconcile = async (api: Api, state: State): Promise<{ readonly agree: number; readonly differ: readonly Difference[] }> => {
  const differ: Difference[] = [];
  let agree = 0;
  for (const here of state.unproven()) {
    const there = await expected(api, here);
    if (there.events === here.events && there.hash === here.hash) {
      state.agreed(here);
      agree++;
    } else differ.push({ here, there });
  }
  return { agree, differ };
};

/** What there is of a customer up to where we have come; what came later is no difference. */
async function expected({ url, key }: Api, { id, position }: Customer): Promise<Expected> {
  const query = new URLSearchParams({ customer: id, through: position });
  for (;;) {
    const response = await fetch(`${url}/feeds/relationship-events/reconcile?${query}`, { headers: { authorization: `Bearer ${key}` } });
    if (response.ok) return (await response.json()) as Expected;
    const wait = Number(response.headers.get('retry-after'));
    if (wait === 0) throw new Error(`reconcile was answered with ${response.status}: ${await response.text()}`);
    await sleep(wait * 1000);
  }
}

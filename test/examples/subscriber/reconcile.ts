import type { Customer, State } from './state.js';
import { type Api, get } from './value.js';

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
async function expected(api: Api, { id, position }: Customer): Promise<Expected> {
  const query = new URLSearchParams({ customer: id, through: position });
  return (await get(api, `/feeds/relationship-events/reconcile?${query}`)) as Expected;
}

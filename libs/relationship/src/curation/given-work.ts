import { heldAt, inTime, type Since } from '../kernel/valid-time.js';
import { type Assignment, passesOnAt } from './state.js';

/** To whom a piece of work was given; without a curator it is the work of whoever is responsible for the customer. */
export interface Giving extends Since {
  readonly curatorId?: string;
}
/** In order of time; the first is what the work was opened with. */
export type GivenWork = readonly Giving[];

export const openedFor = (curatorId: string | null | undefined, at: string): GivenWork => [{ at, ...(curatorId && { curatorId }) }];

/** Clocks differ: what is dated before the work was opened happened to it then. */
export const inItsLife = ([opening]: GivenWork, instant: string): string =>
  opening !== undefined && instant < opening.at ? opening.at : instant;

export const givenTo = (work: GivenWork, curatorId: string, at: string): GivenWork => inTime(work, { at: inItsLife(work, at), curatorId });

/** What holds at an instant; what the work was opened with was so before all else. */
export const givingAt = (work: GivenWork, instant: string): Giving | undefined => heldAt(work, instant) ?? work[0];

/** Unless it has passed on since, with the customer. */
export const namedAt = (work: GivenWork, assignments: readonly Assignment[], instant: string): Giving | undefined => {
  const held = givingAt(work, instant);
  if (held?.curatorId === undefined) return undefined;
  const passesOn = passesOnAt(assignments, { curatorId: held.curatorId, givenAt: held.at });
  return passesOn === undefined || instant < passesOn ? held : undefined;
};

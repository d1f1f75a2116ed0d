import type { ReferenceData } from '../kernel/aggregate.js';
import { type CuratorEvent, curatorEvents } from './events.js';
import { type Curator, detailAt, evolveCurator, statusAt, unknownCurator } from './state.js';

export type Curators = ReadonlyMap<string, Curator>;

export const curatorReference: ReferenceData<Curators> = {
  types: curatorEvents.map(({ type }) => type),
  initial: new Map(),
  apply(curators, event) {
    const { curatorId } = event.data as CuratorEvent['data'];
    return new Map(curators).set(curatorId, evolveCurator(curators.get(curatorId) ?? unknownCurator(curatorId), event));
  },
};

export const statusOf = (curators: Curators, id: string, instant: string): ReturnType<typeof statusAt> =>
  statusAt(curators.get(id) ?? unknownCurator(id), instant);

/** Of a curator id. A key made before its curator is registered is good; none is while the curator has left, and after a return those of before. */
export const isKeyGood = (
  curators: Curators,
  { actorId, created }: { readonly actorId: string; readonly created: string },
  now: string,
): boolean => {
  if (statusOf(curators, actorId, now) === 'departed') return false;
  return curators.get(actorId)?.turns.every((turn) => turn.works || turn.at > now || created > turn.keysRejectedUntil) ?? true;
};

/** Whether any curator ever had a team. */
export const usesTeams = (curators: Curators): boolean => {
  const known = teamsUsed.get(curators);
  if (known !== undefined) return known;
  const used = curators
    .values()
    .some(
      ({ turns, corrections }) =>
        turns.some((turn) => turn.works && turn.details.team !== undefined) || corrections.some(({ field }) => field === 'team'),
    );
  teamsUsed.set(curators, used);
  return used;
};
/** A state of them is never changed. */
const teamsUsed = new WeakMap<Curators, boolean>();

/** Whose customers a supervisor of a team sees: those of its curators now, and of curators who have left. */
export const leadsIn =
  (curators: Curators, team: string, now: string) =>
  (curatorId: string): boolean => {
    const curator = curators.get(curatorId);
    return curator !== undefined && (statusAt(curator, now) === 'departed' || detailAt(curator, 'team', now)?.value === team);
  };

import type { ReadModelStore } from '#read-models/read-model-store.js';
import { type Build, codeOf, type Meaning, sameCode, sameMeaning } from './build.js';

/** Which build of a view answers, and which others have collections. One setting a view, so a switch is one write. */
export interface Alias {
  readonly current?: Build;
  /** Kept for one rollback; not fed meanwhile. */
  readonly previous?: Build;
  readonly building?: Build;
  /** To be dropped. */
  readonly retired: readonly Build[];
  readonly generations: number;
  /** What was built last and not taken. It is not built again until somebody asks for it, or code or policies are others. */
  readonly rejected?: Meaning;
  /** After a rollback: stays as it is until somebody asks for a rebuild or the code changes. */
  readonly pinned: boolean;
}

const noAlias: Alias = { retired: [], generations: 0, pinned: false };
const setting = (view: string) => `alias:${view}`;

export async function readAlias(store: Pick<ReadModelStore, 'getSetting'>, view: string): Promise<Alias> {
  return (await store.getSetting<Alias>(setting(view))) ?? noAlias;
}

export const writeAlias = (store: ReadModelStore, view: string, alias: Alias): Promise<void> => store.putSetting(setting(view), alias);

export function withBuilding(alias: Alias, made: Omit<Build, 'generation'>): Alias & { readonly building: Build } {
  const generation = alias.generations + 1;
  return { ...alias, building: { ...made, generation }, generations: generation };
}

/** What was kept before it was to answer again is kept on. */
export function withoutBuilding(alias: Alias): Alias {
  const { building, ...others } = alias;
  if (!building) return alias;
  return building.generation === alias.previous?.generation ? others : { ...others, retired: [...alias.retired, building] };
}

/** What was built is to be dropped, and what answers stays. */
export function withRejected(alias: Alias, made: Build): Alias {
  const { policies, tz, partitions } = made;
  const rejected = { ...codeOf(made), policies, ...(tz !== undefined && { tz }), ...(partitions !== undefined && { partitions }) };
  return { ...withoutBuilding(alias), rejected };
}

export const isRejected = ({ rejected }: Alias, target: Meaning): boolean => rejected !== undefined && sameMeaning(rejected, target);

/** What was built or kept answers from now on; what answered is kept where the same code made it, what was kept before goes. */
export function switched(alias: Alias, to: Build, { pinned }: { readonly pinned: boolean }): Alias {
  const { current, previous, retired, generations } = alias;
  const kept = current && sameCode(current, to) ? current : undefined;
  const dropped = [previous, current].filter((each) => each !== undefined && each !== kept && each.generation !== to.generation) as Build[];
  return { current: to, ...(kept && { previous: kept }), retired: [...retired, ...dropped], generations, pinned };
}

export function withoutPrevious({ previous, ...alias }: Alias): Alias {
  return previous ? { ...alias, retired: [...alias.retired, previous] } : alias;
}

/** What other code kept is no rollback for this one. */
export const withoutForeign = (alias: Alias, ours: Pick<Build, 'version' | 'code'>): Alias =>
  alias.previous && !sameCode(alias.previous, ours) ? withoutPrevious(alias) : alias;

export const buildsOf = ({ current, previous, building }: Alias): readonly Build[] =>
  [current, previous, building].filter((build) => build !== undefined);

/** Nothing answers any more, and all that was there is to be dropped. */
export const aliasOfNone = (alias: Alias): Alias => ({
  ...noAlias,
  retired: [...alias.retired, ...buildsOf(alias)],
  generations: alias.generations,
});

import { type Identity, Problem } from '#platform';
import { type Curators, NO_CURATOR, statusOf } from '#relationship';

/**
 * Whose rows a list tells: those of the curator who asks; of whom anyone else asks for, or of all.
 * @throws Problem `not-found` where a curator asks for those of another
 */
export const curatorAskedFor = ({ role, actorId }: Identity, asked: string | undefined): string | undefined => {
  if (role !== 'curator') return asked;
  if (asked !== undefined && asked !== actorId) throw new Problem('not-found');
  return actorId;
};

/** Whom a list is asked for: of `none` nobody, and those who have left, to whom work may have been given before others knew. */
export const holdersAskedFor = (curators: Curators, asked: string, now: string): readonly (string | null)[] | undefined =>
  asked === NO_CURATOR ? [null, ...[...curators.keys()].filter((id) => statusOf(curators, id, now) === 'departed')] : undefined;

import { type Identity, Problem } from '#platform';

/**
 * Whose rows a list tells: those of the curator who asks; of whom anyone else asks for, or of all.
 * @throws Problem `not-found` where a curator asks for those of another
 */
export const curatorAskedFor = ({ role, actorId }: Identity, asked: string | undefined): string | undefined => {
  if (role !== 'curator') return asked;
  if (asked !== undefined && asked !== actorId) throw new Problem('not-found');
  return actorId;
};

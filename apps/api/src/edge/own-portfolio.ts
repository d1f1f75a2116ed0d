import { Problem, readerOf } from '#platform';
import { type Curators, NO_CURATOR, statusOf } from '#relationship';
import type { Ask } from '../views/view-definition.js';

type Asker = Pick<Ask, 'identity' | 'services' | 'context'>;

/** Of a supervisor of one team: whether the customers of a curator belong to it. */
const leadsOf = ({ identity, services, context }: Asker) => readerOf(identity, services.curators.current(), context.now).leads;

/**
 * Whose rows a list shows: those of the curator who asks; of whom anyone else asks for, or of all.
 * @throws Problem `not-found` where a curator asks for those of another, or a supervisor for those of another team
 */
export const curatorAskedFor = (asker: Asker, asked: string | undefined): string | undefined => {
  const { role, actorId } = asker.identity;
  if (role === 'curator' && asked !== undefined && asked !== actorId) throw new Problem('not-found');
  if (asked !== undefined && asked !== NO_CURATOR && leadsOf(asker)?.(asked) === false) throw new Problem('not-found');
  return role === 'curator' ? actorId : asked;
};

/** Of a list of one customer out of scope, neither the count nor a next page says that there is anything. */
export const mayOpenNamed = async ({ customerId }: { readonly customerId?: string }, within: Ask['within']): Promise<boolean> =>
  customerId === undefined || (await within([{ customerId }])).length > 0;

/** What a list is limited to for whoever does not see all: the own portfolio, or those of the team and of nobody. */
export const portfolioOf = (asker: Asker): string | readonly (string | null)[] | undefined => {
  if (asker.identity.role === 'curator') return asker.identity.actorId;
  const leads = leadsOf(asker);
  return leads && [null, ...[...asker.services.curators.current().keys()].filter(leads)];
};

/** Lines about curators, of the own team where the one who asks sees no other. */
export const linesWithin = <Line extends { readonly curatorId: string }>(asker: Asker, lines: readonly Line[]): readonly Line[] => {
  const leads = leadsOf(asker);
  return leads ? lines.filter(({ curatorId }) => curatorId === NO_CURATOR || leads(curatorId)) : lines;
};

/** Whom a list is asked for: of `none` nobody, and those who have left, to whom work may have been given before others knew. */
export const holdersAskedFor = (curators: Curators, asked: string, now: string): readonly (string | null)[] | undefined =>
  asked === NO_CURATOR ? [null, ...[...curators.keys()].filter((id) => statusOf(curators, id, now) === 'departed')] : undefined;

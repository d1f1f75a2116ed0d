import type { PolicyHistory } from '#relationship';
import { lengthOf } from '../persistent/chunks.js';
import type { BookedDeal, DealBook } from './deal-book.js';

/** Up to so many deals it is quicker to tell all of them again than to keep what was told of them. */
const FEW = 2;

/**
 * Makes something of every deal of a customer. Where there are many, only of those that changed: a book shares all others, and whole
 * chunks of them, with the book before, and so shares what was made of them.
 */
export const ofEachDeal = <Made>(make: (deal: BookedDeal, policies: PolicyHistory) => readonly Made[]) => {
  const ofEntry = remembering<DealBook['deals'][number][number], Made>();
  const ofChunk = remembering<DealBook['deals'][number], Made>();
  return (book: DealBook, policies: PolicyHistory): readonly Made[] => {
    const { customerId, curators, sources, segments } = book;
    const makeOne = (entry: DealBook['deals'][number][number]) => make({ customerId, ...entry, curators, sources, segments }, policies);
    if (lengthOf(book.deals) <= FEW) return book.deals.flatMap((chunk) => chunk.flatMap(makeOne));
    const makeChunk = (chunk: DealBook['deals'][number]) => chunk.flatMap((entry) => ofEntry(entry, book, policies, makeOne));
    const last = book.deals.length - 1;
    const made = book.deals.map((chunk, i) => (i === last ? makeChunk(chunk) : ofChunk(chunk, book, policies, makeChunk)));
    return made.length === 1 ? made[0]! : ([] as Made[]).concat(...made);
  };
};

/** Not the whole book, which would keep every former one alive. */
type Customer = Pick<DealBook, 'customerId' | 'curators' | 'sources' | 'segments'>;

function remembering<Part extends WeakKey, Made>() {
  const known = new WeakMap<Part, { readonly of: Customer; readonly policies: PolicyHistory; readonly made: readonly Made[] }>();
  return (part: Part, book: DealBook, policies: PolicyHistory, make: (part: Part) => readonly Made[]): readonly Made[] => {
    const former = known.get(part);
    if (former && former.policies === policies && sameCustomer(former.of, book)) return former.made;
    const made = make(part);
    const { customerId, curators, sources, segments } = book;
    known.set(part, { of: { customerId, curators, sources, segments }, policies, made });
    return made;
  };
}

function sameCustomer(a: Customer, b: Customer): boolean {
  return a.customerId === b.customerId && a.curators === b.curators && a.sources === b.sources && a.segments === b.segments;
}

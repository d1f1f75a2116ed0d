import type { PolicyHistory } from '#relationship/facts.js';
import type { Contribution, Derivation, Projection, Row } from './projection.js';

/** All that a document contributes. */
export const contributionsOf = <Document>(
  { contributions = [] }: Projection<Document>,
  document: Document,
  policies: PolicyHistory,
): readonly Contribution[] => allOf(contributions, document, policies);

export const rowsOf = <Document>({ rows }: Projection<Document>, document: Document, policies: PolicyHistory): readonly Row[] =>
  allOf(rows?.derivations ?? [], document, policies);

function allOf<Document, Derived>(
  derivations: readonly Derivation<Document, Derived>[],
  document: Document,
  policies: PolicyHistory,
): readonly Derived[] {
  return derivations.flatMap(({ items, of }) => (items?.(document).flat() ?? [undefined]).flatMap((item) => of(document, policies, item)));
}

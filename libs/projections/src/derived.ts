import type { PolicyHistory } from '#relationship/read-side.js';
import type { Contribution, Derivation, Projection, Row, Summaries } from './projection.js';

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
  return derivations.flatMap((each) => itemsOf(each, document, policies).flatMap((item) => each.of(document, policies, item)));
}

function itemsOf<Document>(
  { items, blocks }: Derivation<Document, unknown>,
  document: Document,
  policies: PolicyHistory,
): readonly unknown[] {
  if (blocks) return [blocks.map((each) => summariesOf(each, document, policies))];
  return items?.(document).flat() ?? [undefined];
}

export const summariesOf = <Document, Block, Summary>(
  { list, of }: Summaries<Document, Block, Summary>,
  document: Document,
  policies: PolicyHistory,
): readonly Summary[] => list(document).map((block) => of(block, document, policies));

import type { PolicyHistory } from '#relationship/facts.js';
import type { Contribution, Part, Projection, Row } from './projection.js';

/** All that a document contributes. */
export const contributionsOf = <Document>(
  { contributions = [] }: Projection<Document>,
  document: Document,
  policies: PolicyHistory,
): readonly Contribution[] => allOf(contributions, document, policies);

export const rowsOf = <Document>({ rows }: Projection<Document>, document: Document, policies: PolicyHistory): readonly Row[] =>
  allOf(rows?.parts ?? [], document, policies);

function allOf<Document, Made>(parts: readonly Part<Document, Made>[], document: Document, policies: PolicyHistory): readonly Made[] {
  return parts.flatMap((part) => (part.items?.(document).flat() ?? [undefined]).flatMap((item) => part.of(document, policies, item)));
}

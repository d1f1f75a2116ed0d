import type { FindQuery, ReadModelStore, StoredDocument } from '#read-models/read-model-store.js';

/** All documents that match, however many pages: for what one subject or one view has little of. */
export async function readAllPages<Body>(
  store: ReadModelStore,
  collection: string,
  query: FindQuery,
): Promise<readonly StoredDocument<Body>[]> {
  const all: StoredDocument<Body>[] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.find<Body>(collection, { ...query, limit: 1000, ...(cursor !== undefined && { cursor }) });
    all.push(...page.documents);
    cursor = page.next;
  }
  return all;
}

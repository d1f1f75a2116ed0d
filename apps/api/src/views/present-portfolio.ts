import type { QueryContext } from '#projections';

/** Those of the customers whom the curator has now, as the list of customers finds them. */
export const presentPortfolio = async (
  { reader }: QueryContext,
  curatorId: string,
  customerIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const asked = [...new Set(customerIds)];
  const present = new Set<string>();
  for (let at = 0; at < asked.length; at += 1_000) {
    const page = await reader.documents<unknown>('card', { where: { key: asked.slice(at, at + 1_000), curatorId }, limit: 1_000 });
    for (const { key } of page.documents) present.add(key);
  }
  return present;
};

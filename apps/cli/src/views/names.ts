import { list, object, text } from './table-of.js';
import { type ViewSource, viewNamed } from './view-source.js';

/** What people call those whom an answer names by id; who has no name here, or may not be asked for, keeps the id. */
export interface Names {
  curator(id: unknown): string;
  /** Empty where it is not known. */
  customer(id: unknown): string;
}

/** The names of all curators, and of the present customers of one. */
export async function readNames(source: ViewSource, portfolioOf?: string): Promise<Names> {
  const none = () => [];
  const [curators, customers] = await Promise.all([
    curatorNames(source).catch(none),
    portfolioOf === undefined ? [] : customerNames(source, portfolioOf).catch(none),
  ]);
  const curatorById = new Map(curators);
  const customerById = new Map(customers);
  return { curator: (id) => curatorById.get(text(id)) ?? text(id), customer: (id) => customerById.get(text(id)) ?? '' };
}

type Named = readonly (readonly [id: string, name: string])[];

async function curatorNames(source: ViewSource): Promise<Named> {
  const { body } = await source.ask(viewNamed('curators'), {}, {});
  return list(object(body).curators).map(({ curatorId, displayName }) => [text(curatorId), text(displayName) || text(curatorId)]);
}

async function customerNames(source: ViewSource, curatorId: string): Promise<Named> {
  const names: (readonly [string, string])[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await source.ask(viewNamed('find-customers'), {}, { curatorId, limit: '1000', ...(cursor !== undefined && { cursor }) });
    for (const { customerId, displayName } of list(object(page.body).customers)) names.push([text(customerId), text(displayName)]);
    cursor = page.next;
  }
  return names;
}

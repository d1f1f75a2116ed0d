import { type EventLog, isOfSameLog, type Position, PositionUnknown } from '#event-log';
import { type Identity, masksFor, Problem } from '#platform';
import { type OwnRecords, ownContext, type QueryContext, underPoliciesOf } from '#projections';
import { type StoredViewReader, ViewNotReady } from '#projections/runner/index.js';
import { csvRows, csvTableOf } from '../csv/csv-pages.js';
import type { CustomerScope } from '../edge/customer-scope.js';
import { customersIn } from '../edge/customers-in.js';
import { WrittenText } from '../edge/json-answer.js';
import {
  type Ask,
  isOfOneCustomer,
  type ReferenceData,
  readsOf,
  type ShownAnswer,
  showsCustomers,
  type ViewDefinition,
} from './view-definition.js';

export interface ViewQuestion extends Pick<Ask, 'path' | 'query'> {
  readonly identity: Identity;
  /** The present of all of the answer: what is so, and who may see it. */
  readonly now: string;
  /** Instead of the body, this list of it as CSV without the header; `whole`: not the first rows only. */
  readonly table?: { readonly name: string; readonly whole: boolean };
  /** Instead of the body, the page of it. */
  readonly page?: true;
  /** The views have reached it. */
  readonly minPosition?: Position;
}

/** What answers are made of. */
export interface ViewSources extends ReferenceData {
  readonly reader: StoredViewReader;
  readonly log: QueryContext['log'];
  readonly own: OwnRecords;
}

const LONGEST_WAIT_MS = 2_000;

/** @throws Problem `invalid-header`, `view-behind`; ViewNotReady */
export const waitForViews = async (
  { reader, log }: { readonly reader: StoredViewReader; readonly log: Pick<EventLog, 'head'> },
  definition: ViewDefinition,
  path: Ask['path'],
  minPosition: Position,
): Promise<void> => {
  const head = await log.head();
  if (!isOfSameLog(minPosition, head))
    throw new PositionUnknown(minPosition, `Min-Position is of another event log; this one ends at ${head}`);
  if (minPosition > head) throw new Problem('invalid-header', `Min-Position is beyond the end of the log, ${head}.`);
  const reads = readsOf(definition, path);
  const awaited = isOfOneCustomer(definition) ? await builtOf(reader, reads) : reads;
  const there = await Promise.all(awaited.map((name) => reader.waitFor(name, minPosition, LONGEST_WAIT_MS)));
  if (!there.includes(false)) return;
  await Promise.all(awaited.map((name) => reader.collections(name)));
  throw new Problem('view-behind', undefined, {}, 1);
};

/** What is not built is answered from the log, which is never behind. */
const builtOf = async (reader: StoredViewReader, views: readonly string[]): Promise<readonly string[]> => {
  const isBuilt = (view: string) =>
    reader.collections(view).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ViewNotReady) return false;
        throw error;
      },
    );
  const built = await Promise.all(views.map(isBuilt));
  return views.filter((_, index) => built[index]);
};

export const answerView = (
  services: ViewSources,
  scope: CustomerScope,
  definition: ViewDefinition,
  { identity, path, query, now, minPosition, table, page }: ViewQuestion,
): Promise<ShownAnswer> => {
  const { reader, log, policies } = services;
  return underPoliciesOf(reader, readsOf(definition, path), policies.current, async (policies) => {
    const company = { reader, log, policies, now, ...(minPosition !== undefined && { minPosition }) };
    const own = identity.role === 'customer' ? await services.own.of(identity.actorId) : undefined;
    const context = own ? ownContext(company, identity.actorId, own) : company;
    const within: Ask['within'] = (rows) => scope.within(identity, rows, now);
    // Not those of the build: what is hidden from now on is hidden at once.
    const masks = masksFor(identity.role, services.policies.current());
    const found = await definition.answer({ identity, path, query, context, own, company: own && company, within, masks, services });
    const answer = masks && definition.personal ? { ...found, body: masks.answer(found.body, definition.personal) } : found;
    const customerIds = customersShown(definition, path, answer.body);
    if (page && definition.page) return { ...answer, customerIds, body: new WrittenText(definition.page(answer.body)) };
    if (table === undefined) return { ...answer, customerIds };
    return { ...answer, customerIds, body: new WrittenText(csvRows(csvTableOf(definition, table.name), answer.body, table.whole)) };
  });
};

const customersShown = (definition: ViewDefinition, { customerId }: Ask['path'], body: unknown): readonly string[] => {
  if (!showsCustomers(definition)) return [];
  const named = customersIn(definition.answers, body);
  return customerId === undefined ? [...named] : [...new Set([customerId, ...named])];
};

import type { Position } from '#event-log';
import type { FindQuery } from '#read-models/read-model-store.js';
import {
  dayOf,
  dueByRules,
  listingFor,
  NOTICE_DAYS,
  obstaclesOf,
  type PolicyDocuments,
  type PolicyHistory,
  retentionDue,
} from '#relationship/read-side.js';
import type { Described } from '../answer-schema.js';
import { calendarOf } from '../calendar.js';
import { answering } from '../reading.js';
import { curatorAt } from '../shared/assignments.js';
import type { QueryContext, ViewReader } from '../view-reader.js';
import type { retentionPreviewSchema, retentionSchema } from './answer-schema.js';
import { NO, type RetentionDocument, YES } from './projection.js';

export interface RetentionParams extends Pick<FindQuery, 'limit' | 'cursor'> {
  /** Of customers of these curators; null: of nobody. All when absent. */
  readonly curators?: readonly (string | null)[] | undefined;
}

export type RetentionAnswer = Described<typeof retentionSchema>;

/** Who is listed for erasure now, by the day; those who are not erased for now are among them. */
export const retention = async (
  given: QueryContext,
  { curators, ...paging }: RetentionParams,
): Promise<RetentionAnswer & { readonly next?: string }> => {
  const { context, times } = answering(given, {});
  const { documents, next } = await context.reader.documents<RetentionDocument>('retention', {
    where: { listed: YES, ...(curators && { curatorId: curators }) },
    sort: { field: 'eraseOn', direction: 'asc' },
    ...paging,
  });
  const customers = documents.flatMap(({ body }) => {
    const due = retentionDue(body, context.policies);
    const listing = listingFor(body, due, context.policies);
    if (due === undefined || listing === undefined) return [];
    const { customerId } = body;
    return {
      customerId,
      curatorId: curatorAt(body, context.now) ?? null,
      code: due.code,
      since: due.since.at,
      dueOn: due.dueOn,
      eraseOn: listing.eraseOn,
      listedAt: listing.at,
      obstacles: [...obstaclesOf(body)],
      events: [due.since.event, listing.event],
    };
  });
  return { ...times, customers, ...(next !== undefined && { next }) };
};

const A_PAGE = 1_000;

/** Looks at every customer, as no index knows a policy that is not published: how many it would make due. */
export const retentionPreview = async (
  given: QueryContext,
  { rules }: PolicyDocuments['retention'],
): Promise<Described<typeof retentionPreviewSchema>> => {
  const { context, times } = answering(given, {});
  const { zone } = calendarOf(context.policies);
  const today = dayOf(zone, context.now);
  let [dueNow, dueWithinNotice] = [0, 0];
  for await (const { body } of all(context.reader, {})) {
    const due = dueByRules(body, rules, zone);
    if (due && due.dueOn <= today) dueNow++;
    else if (due && due.listOn <= today) dueWithinNotice++;
  }
  return { ...times, dueNow, dueWithinNotice, noticeDays: NOTICE_DAYS };
};

/** Customers to be listed by the day who are not. */
export const toBeListed = (reader: Pick<ViewReader, 'documents'>, today: string): AsyncIterable<string> =>
  customerIds(all(reader, { where: { listed: NO }, range: { listOn: { lte: today } }, sort: { field: 'listOn', direction: 'asc' } }));

/** Customers to be erased on the day, those who wait the longest first. */
export const toBeErased = (reader: Pick<ViewReader, 'documents'>, today: string): AsyncIterable<string> =>
  customerIds(
    all(reader, {
      where: { listed: YES, blocked: NO },
      range: { eraseOn: { lte: today } },
      sort: { field: 'eraseOn', direction: 'asc' },
    }),
  );

async function* all(reader: Pick<ViewReader, 'documents'>, query: FindQuery) {
  let cursor: string | undefined;
  do {
    const page = await reader.documents<RetentionDocument>('retention', {
      ...query,
      limit: A_PAGE,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.documents;
    cursor = page.next;
  } while (cursor !== undefined);
}

async function* customerIds(documents: ReturnType<typeof all>): AsyncIterable<string> {
  for await (const { key } of documents) yield key;
}

/** Whether the live build is made under the present version of the policies that it depends on, and has come to the position. */
export const isBuiltUnder = async (
  reader: Pick<ViewReader, 'policies' | 'waitFor'>,
  { retention: versions, company }: Pick<PolicyHistory, 'retention' | 'company'>,
  head: Position,
): Promise<boolean> => {
  const built = await reader.policies('retention');
  // Publication 0 is version 2.
  const isPresent = built.retention === versions.length - 2 && built.company === company.length - 2;
  return isPresent && (await reader.waitFor('retention', head, 1_000));
};

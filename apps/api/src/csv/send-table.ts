import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '#platform';
import type { WrittenText } from '../edge/json-answer.js';
import type { AskView, PresentAnswer } from '../views/ask-view.js';
import type { ViewDefinition } from '../views/view-definition.js';
import { CSV, csvHeader, csvPages, csvTableOf } from './csv-pages.js';
import { csvTables } from './csv-tables.js';

interface Asked {
  readonly definition: ViewDefinition;
  readonly question: AskView['question'];
  /** Name of the table; the first one when absent. */
  readonly table: string | undefined;
  readonly ask: (question: AskView['question']) => Promise<PresentAnswer>;
  /** Whether the key is still good. */
  readonly allowed: () => Promise<boolean>;
  /** Says where the next page is. */
  readonly link: (answer: PresentAnswer) => Promise<void>;
}

/** With `limit` one page, or the first rows of what has no pages; without it all pages, each at the instant of the first. */
export const sendTable = async (
  { method }: FastifyRequest,
  reply: FastifyReply,
  { definition, question, table: name, ask, allowed, link }: Asked,
): Promise<void> => {
  const table = csvTableOf(definition, name);
  const { query } = question;
  const pages = 'cursor' in definition.parameters && table.name === (definition.paged ?? csvTables(definition)[0]!.name);
  const takesLimit = 'limit' in definition.parameters && !definition.unlimited?.some((each) => query[each] !== undefined);
  const whole = query.limit === undefined;
  const limit = definition.parameters.limit?.schema.maximum;
  const rows = { name: table.name, whole };
  const first = await ask({ ...question, table: rows, query: { ...query, ...(whole && takesLimit && { limit }) } });
  const { now } = first;
  const read = async (cursor: string) => {
    if (!(await allowed())) throw new Problem('not-authenticated');
    return pageOf(await ask({ ...question, table: rows, query: { ...query, limit, cursor }, now }));
  };
  if (pages && !whole) await link(first);
  reply
    .header('content-type', `${CSV}; charset=utf-8; header=present`)
    .header('content-disposition', `attachment; filename="${definition.name}.csv"`)
    .header('cache-control', 'private, no-store');
  const { text, next } = pageOf(first);
  // Nobody reads what HEAD would begin.
  const more = pages && whole && method !== 'HEAD' ? next : undefined;
  reply.send(Readable.from(csvPages(csvHeader(table), { text, next: more }, read), { objectMode: false, highWaterMark: 1 }));
};

const pageOf = ({ body, next }: PresentAnswer) => ({ text: (body as WrittenText).text, next });

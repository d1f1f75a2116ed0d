import { type AnswerTimes, projections, type QueryContext } from '#projections';
import { readQuery } from '../../apps/api/src/edge/query.js';
import { viewCatalogue } from '../../apps/api/src/views/catalogue.js';
import type { Ask, ViewDefinition } from '../../apps/api/src/views/view-definition.js';

export type Query = Readonly<Record<string, string>>;

/** What parameters may say that are no choice of a few values, by name; a view is asked with those that it takes. */
const values: Readonly<Record<string, readonly string[]>> = {
  by: ['curator', 'source', 'segment', 'label:region', 'reason,stage,curator,source,segment'],
  curatorId: ['maria', 'none'],
  workOf: ['maria'],
  stage: ['lead', 'proposal'],
  reason: ['price'],
  series: ['measure=customers|'],
  document: ['{"perDay":1}'],
  from: ['2026-01', '2026-01-06'],
};
/** The end of a period, by its beginning. */
const ends: Query = { '2026-01': '2026-02', '2026-01-06': '2026-02-03' };

const ofEveryList = ['asOf', 'knownAt', 'limit', 'cursor'];

const valuesOf = ({ parameters }: ViewDefinition, name: string): readonly string[] => {
  const { schema, read } = parameters[name]!;
  const some = (schema.enum as readonly string[] | undefined) ?? values[name] ?? [];
  return some.filter((value) => 'value' in read(value));
};

/** What a view cannot be asked without. @throws for a parameter that has no value above: give it one */
export const required = (view: ViewDefinition): Query =>
  Object.fromEntries(
    Object.entries(view.parameters).flatMap(([name, parameter]) => {
      if (!parameter.required && parameter.requiredOf === undefined) return [];
      const [value] = valuesOf(view, name);
      if (value === undefined) throw new Error(`${view.name} cannot be asked without ${name}: give it a value in view-questions.ts`);
      return [[name, value]];
    }),
  );

/** Without what may be left out, then with each value of each parameter. */
export const questionsOf = (view: ViewDefinition): readonly Query[] => {
  const least = required(view);
  const others = Object.keys(view.parameters).filter((name) => !ofEveryList.includes(name));
  const ended = (value: string): Query => (value in ends && view.parameters.to ? { to: ends[value]! } : {});
  return [least, ...others.flatMap((name) => valuesOf(view, name).map((value) => ({ ...least, [name]: value, ...ended(value) })))];
};

/** Views that are made of read models. */
export const storedViews: readonly ViewDefinition[] = viewCatalogue.filter(({ reads }) => typeof reads === 'function' || reads.length > 0);

/** A series of a view; not all have the same. */
export const someSeries = (view: string): string => {
  const [measure] = Object.keys(projections.find(({ name }) => name === view)?.measures ?? {});
  return `measure=${measure}|`;
};

const times = ['asOf', 'knownAt'];
/** By view and parameter: what it does not take beside that. */
const apart: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'find-customers': { curatorId: ['asOf'] },
  deals: { sort: times, total: times },
};
export const notTogether = (view: string, names: readonly string[]): readonly string[] =>
  names.flatMap((name) => apart[view]?.[name] ?? []).filter((name) => names.includes(name));

/** As an admin is answered; of the query what the view takes. */
export const answerOf = async (
  context: QueryContext,
  { name: view, parameters, answer }: ViewDefinition,
  query: Readonly<Record<string, string | undefined>>,
  path: Ask['path'] = {},
): Promise<AnswerTimes> => {
  const given = Object.entries(query).filter(([name, value]) => name in parameters && value !== undefined);
  const left = notTogether(
    view,
    given.map(([name]) => name),
  );
  const taken = given.filter(([name]) => !left.includes(name));
  const asked = {
    identity: { keyId: 'spec', role: 'admin', actorId: 'spec' },
    path,
    query: readQuery(Object.fromEntries(taken), parameters),
    context,
    within: async (rows) => rows,
    services: { curators: { current: () => new Map() } } as unknown as Ask['services'],
  } satisfies Ask;
  return (await answer(asked)).body as AnswerTimes;
};

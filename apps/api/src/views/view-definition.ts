import type { TSchema } from 'typebox';
import type { AccessReader, Identity, Masks, PersonalMembers, Reference, Responsibilities } from '#platform';
import type { OwnRecord, QueryContext } from '#projections';
import type { Described } from '#projections/answer-schema.js';
import { calendarOf } from '#projections/calendar.js';
import type { Curators, PolicyHistory, Role, Subscribers } from '#relationship';
import type { CsvTable } from '../csv/csv-table.js';
import { namesCustomers } from '../edge/customers-in.js';
import type { Parameters, Values } from '../edge/query.js';

export interface ReferenceData {
  readonly policies: Reference<PolicyHistory>;
  readonly curators: Reference<Curators>;
  readonly subscribers: Reference<Subscribers>;
  readonly responsibilities: Responsibilities;
  readonly accessReader: AccessReader;
}

/** A question, after the edge: who asks, and with what. */
export interface Ask<Query = Readonly<Record<string, unknown>>> {
  readonly identity: Identity;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly context: QueryContext;
  /** Where a customer asks: the own record, from which the context answers. */
  readonly own?: OwnRecord | undefined;
  /** Where a customer asks: all that is known, for what is given by law and not by `shows`. */
  readonly company?: QueryContext | undefined;
  /** What is hidden from the one who asks; the answer itself is masked by `personal`. */
  readonly masks?: Masks | undefined;
  /** What the one who asks may see of a list: whoever answers with rows of several customers to a curator asks for it. */
  within<Row extends { readonly customerId: string }>(rows: readonly Row[]): Promise<readonly Row[]>;
  readonly services: ReferenceData;
}

export interface ViewAnswer<Body = unknown> {
  readonly body: Body;
  /** Cursor of the next page. */
  readonly next?: string | undefined;
  /** Revision of the record, for an ETag. */
  readonly revision?: number | undefined;
}

/** With the customers whose data it holds. */
export interface ShownAnswer extends ViewAnswer {
  readonly customerIds: readonly string[];
}

/** One row of the table that the GET routes and their OpenAPI page are made from. */
export interface ViewDefinition {
  /** kebab-case; the operation id. */
  readonly name: string;
  readonly path: string;
  readonly summary: string;
  readonly roles: readonly Role[];
  /** Shows customers of all teams at once, so a supervisor of one team is not allowed. */
  readonly allTeams?: true;
  /** The views that it reads: those that `Min-Position` waits for. The first is the one whose series its numbers name. */
  readonly reads: readonly string[] | ((path: Ask['path']) => readonly string[]);
  readonly parameters: Parameters;
  /** Times that other views take and this one does not, by name: why, and what to ask instead. */
  readonly rejected?: Readonly<Record<string, string>>;
  /** Who may still ask it of an erased customer; everyone else is answered that the customer is gone. */
  readonly ofErased?: readonly Role[];
  /** It looks at many customers although its path names one. */
  readonly ofMany?: true;
  /** It names customers and shows nothing of them. */
  readonly idsOnly?: true;
  /** Parameters with which the answer has no pages and `limit` is rejected. */
  readonly unlimited?: readonly string[];
  /** The list that the cursor goes through, by its path in the answer, if it is not the first. */
  readonly paged?: string;
  /** Where the answer holds personal data, which the policy `masking` may hide. */
  readonly personal?: PersonalMembers;
  /** What it is as CSV, if not the lists of the answer. */
  readonly tables?: readonly CsvTable[];
  /** The body as a page of HTML. */
  readonly page?: (body: unknown) => string;
  /** JSON schema of the body of the answer. */
  readonly answers: TSchema;
  answer(ask: Ask): Promise<ViewAnswer>;
}

export const isOfOneCustomer = ({ path }: Pick<ViewDefinition, 'path'>): boolean => path.includes('/:customerId');

/** Whether its answers are recorded in the access log. */
export const showsCustomers = (definition: Pick<ViewDefinition, 'path' | 'answers' | 'idsOnly'>): boolean =>
  definition.idsOnly !== true && (isOfOneCustomer(definition) || namesCustomers(definition.answers));

/** So it may take long. */
export const looksAtMany = ({ path, reads, ofMany }: Pick<ViewDefinition, 'path' | 'reads' | 'ofMany'>): boolean =>
  ofMany === true || (!isOfOneCustomer({ path }) && (typeof reads === 'function' || reads.length > 0));

export const readsOf = ({ reads }: Pick<ViewDefinition, 'reads'>, path: Ask['path']): readonly string[] =>
  typeof reads === 'function' ? reads(path) : reads;

/** Keeps the types of the parameters and of the body for `answer`, which gets instants for bare dates. */
export const view = <const Of extends Parameters, Schema extends TSchema>(
  definition: Omit<ViewDefinition, 'parameters' | 'answers' | 'answer'> & {
    readonly parameters: Of;
    readonly answers: Schema;
    answer(ask: Ask<Values<Of>>): Promise<ViewAnswer<Described<Schema>>>;
  },
): ViewDefinition => {
  const { parameters, answer } = definition as unknown as ViewDefinition;
  return {
    ...(definition as unknown as ViewDefinition),
    answer: (ask) => answer({ ...ask, query: resolved(parameters, ask) }),
  };
};

const resolved = (parameters: Parameters, { query, context }: Pick<Ask, 'query' | 'context'>): Ask['query'] => {
  const calendar = calendarOf(context.policies);
  return Object.fromEntries(Object.entries(query).map(([name, value]) => [name, parameters[name]?.resolve?.(value, calendar) ?? value]));
};

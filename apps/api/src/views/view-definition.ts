import type { Identity } from '#platform';
import type { QueryContext } from '#projections';
import type { Role } from '#relationship';
import type { ApiServices } from '../api-services.js';
import type { Parameters, Values } from '../edge/query.js';

/** A question, after the edge: who asks, and with what. */
export interface Ask<Query = Readonly<Record<string, unknown>>> {
  readonly identity: Identity;
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly context: QueryContext;
  readonly services: ApiServices;
}

export interface ViewAnswer {
  readonly body: unknown;
  /** Cursor of the next page. */
  readonly next?: string | undefined;
  /** Revision of the record, for an ETag. */
  readonly revision?: number | undefined;
}

/** One row of the table that the GET routes and their OpenAPI page are made from. */
export interface ViewDefinition {
  /** kebab-case; the operation id. */
  readonly name: string;
  readonly path: string;
  readonly summary: string;
  readonly roles: readonly Role[];
  /** The views that it reads: those that `Min-Position` waits for. */
  readonly reads: readonly string[];
  readonly parameters: Parameters;
  answer(ask: Ask): Promise<ViewAnswer>;
}

/** Keeps the type of the parameters for `answer`. */
export const view = <const Of extends Parameters>(
  definition: Omit<ViewDefinition, 'parameters' | 'answer'> & {
    readonly parameters: Of;
    answer(ask: Ask<Values<Of>>): Promise<ViewAnswer>;
  },
): ViewDefinition => definition as unknown as ViewDefinition;

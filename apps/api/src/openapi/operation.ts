import type { Role } from '#relationship';

/** One operation of the OpenAPI page. */
export interface Operation {
  /** With `{parameters}`. */
  readonly path: string;
  readonly method: 'get' | 'post' | 'delete';
  readonly operation: {
    readonly operationId: string;
    readonly responses: Readonly<Record<string, object>>;
    readonly [member: string]: unknown;
  };
}

/** What the description of an operation begins with. */
export const openTo = (roles: readonly Role[]): string => `Roles: ${roles.join(', ')}.`;

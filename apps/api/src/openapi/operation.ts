/** One operation of the OpenAPI page. */
export interface Operation {
  /** With `{parameters}`. */
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly operation: object;
}

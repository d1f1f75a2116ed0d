/** One entry of the event registry: everything that is known of a persisted event name. */
export interface EventDefinition {
  /** Persisted name: explicit, kebab-case, never a class name, never changed. */
  readonly type: string;
  /** Current schema version, from 1. */
  readonly version: number;
  /** JSON Schema (2020-12) of `data` at the current version. */
  readonly schema: object;
  /** JSON pointers into `data` of the fields that hold personal data. */
  readonly personal: readonly string[];
  /** `upcasters[n]` turns the data of version n into that of version n + 1. */
  readonly upcasters?: Readonly<Record<number, (data: never) => unknown>>;
  /** The name under which it goes to Kafka, or null where it stays inside. */
  readonly published: string | null;
  /** One sentence for OpenAPI and AsyncAPI. */
  readonly description: string;
}

/**
 * What an audience outside the company sees of an event. Pointers lead into `data`, with `*` for each item of a list and each member of a
 * record; a value that is not named is internal, so a new one is until somebody says otherwise.
 */
export interface Disclosure<Data = never> {
  /** Pointers to single values: an object with members is named by its members. */
  readonly shows: readonly string[];
  /** Hidden whole where this holds. */
  hides?(data: Data): boolean;
  /** Names what the event is about, where another event may withdraw it. */
  about?(data: Data): string | undefined;
  /** Whether this event withdraws what it is about or gives it (again): the last one by valid time counts. Left out: it does neither. */
  withdraws?(data: Data): boolean;
  /** What is still shown of an event about what was withdrawn; it is hidden whole where this is left out. */
  readonly stillShows?: readonly string[];
  /** Once this event is in the stream nothing personal of any of its events is shown. */
  readonly forgets?: boolean;
}

/** What an event was at a version that is written no more, but is in logs for ever. */
export interface FormerVersion {
  /** JSON pointers into its data of the fields that hold personal data. */
  readonly personal: readonly string[];
  /** Turns its data into that of the next version. */
  readonly upcast: (data: never) => unknown;
}

/** One entry of the event registry: everything that is known of a persisted event name. */
export interface EventDefinition {
  /** Persisted name: explicit, kebab-case, never a class name, never changed. */
  readonly type: string;
  /** Current schema version, from 1. */
  readonly version: number;
  /** JSON Schema (2020-12) of `data` at the current version. */
  readonly schema: object;
  /** JSON pointers into `data` of the fields that hold personal data, `*` for each item of a list and each member of a record. */
  readonly personal: readonly string[];
  /** Of pointers in `personal` that lead to a personal field in some data only: whether they do in these, of the current version. */
  readonly personalWhere?: Readonly<Record<string, (data: never) => boolean>>;
  /** The versions before the current one, from version 1 on. */
  readonly former?: readonly FormerVersion[];
  /** The name under which it goes to Kafka, or null where it stays inside. */
  readonly published: string | null;
  /** By the name of the audience; one that is not named sees nothing of the event. */
  readonly audiences?: Readonly<Record<string, Disclosure | undefined>>;
  /** What a customer is given of it who asks for the own data; its pointers have to lead to something. */
  readonly exported?: {
    readonly provided: readonly string[];
    readonly others?: Readonly<Record<string, string>>;
    readonly withheld?: readonly string[];
  };
  /** One sentence for OpenAPI and AsyncAPI. */
  readonly description: string;
}

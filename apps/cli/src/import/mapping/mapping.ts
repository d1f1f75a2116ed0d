import { type Static, type TProperties, type TSchema, Type } from 'typebox';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

const strict = <const Properties extends TProperties>(properties: Properties) => Type.Object(properties, { additionalProperties: false });
const optional = Type.Optional;
const name = () => Type.String({ minLength: 1, maxLength: 100 });
const list = <Item extends TSchema>(item: Item, options: object) =>
  Type.Unsafe<readonly Static<Item>[]>(Type.Array(item, { minItems: 1, ...options }));
const names = () => list(name(), { uniqueItems: true });
const character = () => optional(Type.String({ minLength: 1, maxLength: 4 }));
/** Checked when it is compiled. */
const expression = () => Type.Unsafe<Json>({});

/** Texts that mean no value, in every column. */
const missing = () => optional(list(Type.String(), { uniqueItems: true }));

const csv = strict({
  format: Type.Literal('csv'),
  missing: missing(),
  delimiter: character(),
  quote: character(),
  escape: character(),
  comment: character(),
  /** WHATWG encoding label; `utf-8` when absent. */
  encoding: optional(name()),
  /** `true` (default): the first row names the columns. `false`: `columns` does. */
  header: optional(Type.Boolean()),
  columns: optional(names()),
  /** Fields hold texts whose lines may look like rows. */
  multiline: optional(Type.Boolean()),
});
const ndjson = strict({ format: Type.Literal('ndjson'), missing: missing() });
const lines = strict({
  format: Type.Literal('lines'),
  missing: missing(),
  encoding: optional(name()),
  /** A regular expression with named groups, which are the columns. */
  pattern: Type.String({ minLength: 1, format: 'regex' }),
});
const lookup = strict({
  /** Relative to the imported file, or `--lookup name=path`. */
  file: Type.String({ minLength: 1 }),
  key: name(),
  delimiter: character(),
  /** That of the source when absent, and so are `missing`. */
  encoding: optional(name()),
  missing: missing(),
});
const command = strict({
  command: name(),
  /** For readers of the mapping and for messages. */
  note: optional(Type.String()),
  when: optional(expression()),
  /** The customer, curator or policy that the command is for. */
  target: expression(),
  body: optional(expression()),
  /** Of `return-purchase`: item of an earlier purchase of the file by the customer, which gives the body its `purchaseId`. */
  returns: optional(expression()),
  occurredAt: optional(expression()),
  /** One command a target whatever the number of rows: the first row gives its body, later ones find it done. */
  once: optional(Type.Boolean()),
  /** Codes of rejections that mean "it is so already": counted as unchanged instead of rejecting the row. */
  tolerate: optional(names()),
});

/**
 * How the rows of a file become commands. The file is JSON; its shape is checked against this schema, its expressions when they are compiled,
 * and every complaint names the member. `docs/importing.md` explains it with examples.
 */
export const mappingSchema = strict({
  $schema: optional(Type.String()),
  /** The system that the file came from; part of every derived id. Two mappings of one system share ids. */
  system: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,59}$' }),
  description: optional(Type.String()),
  source: Type.Unsafe<SourceFormat>({
    type: 'object',
    discriminator: { propertyName: 'format' },
    required: ['format'],
    oneOf: [csv, ndjson, lines],
  }),
  /** `line`: a row is what stands at this line of a file of this name. Columns: a row is the values of these columns. */
  dedupe: optional(Type.Union([Type.Literal('line'), names()])),
  /** Rows that follow one another with the same values of these columns are one row: the lines of an invoice. */
  group: optional(names()),
  lookups: optional(Type.Unsafe<Readonly<Record<string, LookupFile>>>({ type: 'object', additionalProperties: lookup })),
  /** Rows are applied in the order of this value, or of the first of a list that differs (ties in the order of the file); in the order of the file when absent. */
  order: optional(expression()),
  /** When it was true, unless a command says otherwise. */
  occurredAt: optional(expression()),
  commands: list(command, { maxItems: 50 }),
});

export type CsvFormat = Static<typeof csv>;
export type LinesFormat = Static<typeof lines>;
export type SourceFormat = CsvFormat | Static<typeof ndjson> | LinesFormat;
export type LookupFile = Static<typeof lookup>;
export type CommandMapping = Static<typeof command>;
export type Mapping = Static<typeof mappingSchema>;

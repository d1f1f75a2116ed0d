/**
 * How the rows of a file become commands. The file is JSON; its shape is checked against `mappingSchema`, its expressions when
 * they are compiled, and every complaint names the member. `docs/importing.md` explains it with examples.
 */
export interface Mapping {
  /** The system that the file came from; part of every derived id. Two mappings of one system share ids. */
  readonly system: string;
  readonly description?: string;
  readonly source: SourceFormat;
  /** `line`: a row is what stands at this line of a file of this name. Columns: a row is the values of these columns. */
  readonly dedupe?: 'line' | readonly string[];
  readonly lookups?: Readonly<Record<string, LookupFile>>;
  /** Rows are applied in the order of this instant (ties in the order of the file); in the order of the file when absent. */
  readonly order?: Json;
  /** When it was true, unless a command says otherwise. */
  readonly occurredAt?: Json;
  readonly commands: readonly CommandMapping[];
}

export type SourceFormat = CsvFormat | NdjsonFormat | LinesFormat;

export interface CsvFormat {
  readonly format: 'csv';
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  readonly comment?: string;
  /** WHATWG encoding label; `utf-8` when absent. */
  readonly encoding?: string;
  /** `true` (default): the first row names the columns. `false`: `columns` does. */
  readonly header?: boolean;
  readonly columns?: readonly string[];
}

export interface NdjsonFormat {
  readonly format: 'ndjson';
}

export interface LinesFormat {
  readonly format: 'lines';
  readonly encoding?: string;
  /** A regular expression with named groups, which are the columns. */
  readonly pattern: string;
}

export interface LookupFile {
  /** Relative to the imported file, or `--lookup name=path`. */
  readonly file: string;
  readonly key: string;
  readonly delimiter?: string;
  /** That of the source when absent. */
  readonly encoding?: string;
}

export interface CommandMapping {
  readonly command: string;
  /** For readers of the mapping and for messages. */
  readonly note?: string;
  readonly when?: Json;
  /** The customer, curator or policy that the command is for. */
  readonly target: Json;
  readonly body?: Json;
  readonly occurredAt?: Json;
  /** One command a target whatever the number of rows: the first row gives its body, later ones find it done. */
  readonly once?: boolean;
  /** Codes of domainRejections that mean "it is so already": counted as unchanged instead of rejecting the row. */
  readonly tolerate?: readonly string[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [member: string]: Json };

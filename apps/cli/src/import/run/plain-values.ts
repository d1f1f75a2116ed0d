import { commandByName } from '#relationship';
import { markedMembers, plainMembers } from '#relationship/kernel/personal.js';
import { slices } from '#relationship/slices.js';
import type { ImportRecord } from '../records/import-record.js';
import type { PlannedCommand } from '../row-commands.js';

/** Values of a column that are stored in plain text for ever, and look as if they were personal data. Never the values. */
export interface PlainValues {
  /** Or the member of the command, where its value is not that of a column. */
  readonly column: string;
  readonly looksLike: readonly Likeness[];
  /** Rows with such a value. */
  readonly rows: number;
  /** Of the first of them. */
  readonly line: number;
}

type Likeness = 'an e-mail address' | 'a phone number' | 'a name';

export interface PlainValueWatch {
  /** Once for every row. */
  look(row: ImportRecord, commands: readonly PlannedCommand[]): void;
  found(): readonly PlainValues[];
}

/** @param columns those that the mapping reads */
export function watchPlainValues(columns: ReadonlySet<string>): PlainValueWatch {
  const found = new Map<string, { readonly looksLike: Set<Likeness>; rows: number; readonly line: number; last: ImportRecord }>();

  function note(row: ImportRecord, column: string, likeness: Likeness): void {
    const known = found.get(column);
    if (!known) {
      found.set(column, { looksLike: new Set([likeness]), rows: 1, line: row.line, last: row });
      return;
    }
    known.looksLike.add(likeness);
    if (known.last !== row) known.rows += 1;
    known.last = row;
  }

  return {
    look(row, commands) {
      const rows = row.group ?? [row];
      const texts = commands.map((command) => ({ command, values: [[TARGET, command.target] as Text, ...textsIn(command.body, '')] }));
      let personal: ReadonlySet<string> | undefined;
      for (const { command, values } of texts) {
        const plain = plainPointersOf(command.name);
        for (const [pointer, value] of values) {
          if (!isPlain(plain, pointer)) continue;
          personal ??= personalTexts(texts);
          const likeness = likenessOf(pointer, value, personal);
          if (!likeness) continue;
          const column = [...columns].find((name) => rows.some((one) => one.get(name)?.trim() === value));
          note(row, column ?? `${command.name} ${pointer.slice(1).replaceAll('/', '.')}`, likeness);
        }
      }
    },
    found: () => [...found].map(([column, { looksLike, rows, line }]) => ({ column, looksLike: [...looksLike], rows, line })),
  };
}

const TARGET = '/target';

/** With `*` for each item of a list and each member of a record, as definitions name them. */
type Text = readonly [pointer: string, value: string];

function textsIn(value: unknown, at: string): readonly Text[] {
  if (typeof value === 'string') return [[at, value.trim()]];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, `${at}/*`));
  const isRecord = at === '/labels';
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, `${at}/${isRecord ? '*' : name}`));
}

const pointers = new Map<string, ReadonlySet<string>>();

/** Members of a command's body that no event of what it belongs to encrypts. */
function plainPointersOf(name: string): ReadonlySet<string> {
  let known = pointers.get(name);
  if (!known) {
    const slice = Object.values(slices).find(({ commands }) => commands.some((command) => command.name === name));
    const schemas = (slice ?? commandByName(name)?.aggregate)?.events.map(({ schema }) => schema) ?? [];
    const personal = new Set(schemas.flatMap((schema) => markedMembers(schema).map(([pointer]) => pointer)));
    known = new Set(
      schemas.flatMap((schema) => plainMembers(schema).map(([pointer]) => pointer)).filter((pointer) => !personal.has(pointer)),
    );
    pointers.set(name, known);
  }
  return known;
}

/** What is nested in a body may be an event of its own, as the acquisition method of a new customer is. */
const isPlain = (plain: ReadonlySet<string>, pointer: string): boolean =>
  pointer === TARGET || plain.has(pointer) || plain.has(pointer.replace(/^\/[^/]+/, ''));

const personalTexts = (texts: readonly { readonly command: PlannedCommand; readonly values: readonly Text[] }[]): ReadonlySet<string> =>
  new Set(
    texts.flatMap(({ command, values }) => {
      const plain = plainPointersOf(command.name);
      return values.filter(([pointer, value]) => !isPlain(plain, pointer) && isNameLike(value)).map(([, value]) => value);
    }),
  );

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** With the sign or the zero that phone numbers begin with: a number of an order has neither and no blanks. */
const PHONE = /^(\+\d|00\d|\(?0\d+\)?[ /-]+\d)[\d ()/.-]{5,24}$/;
const TITLED = /^(mr|mrs|ms|dr|herr|frau|m\.|mme|sig\.|sig\.ra|sr|sra|г-н|г-жа)\.? \p{Lu}/iu;
const WORDS = /^\p{Lu}\p{L}+(?:[ -]\p{Lu}\p{L}+){1,3}$/u;
const isNameLike = (value: string): boolean => WORDS.test(value);
const isId = (pointer: string): boolean => pointer === TARGET || pointer.endsWith('Id');

/** Two capitalized words may be an item; as an id, or where the row has them as a personal text too, they are a name. */
function likenessOf(pointer: string, value: string, personal: ReadonlySet<string>): Likeness | undefined {
  if (EMAIL.test(value)) return 'an e-mail address';
  if (PHONE.test(value)) return 'a phone number';
  return TITLED.test(value) || personal.has(value) || (isId(pointer) && isNameLike(value)) ? 'a name' : undefined;
}

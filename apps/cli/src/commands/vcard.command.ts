import { hash } from 'node:crypto';
import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { runSession, type SessionOptions } from '../import/import-session.js';
import { importIdOf } from '../import/memory/import-identity.js';
import { openImports } from '../import/memory/open-imports.js';
import type { ImportRecord, ReadRecord } from '../import/records/import-record.js';
import { noCheckpoint } from '../import/run/import-checkpoint.js';
import { assertRejectsPath, rejectsPathOf } from '../import/run/rejects-path.js';
import { runImport } from '../import/run/run-import.js';
import { addServerOptions } from '../server/server-options.js';
import type { ForeignKeyIds } from '../sink/foreign-key-ids.js';
import { foreignKeyIdsToRead } from '../sink/foreign-key-ids-to-read.js';
import type { ExitCode } from '../terminal/exit-code.js';
import { say } from '../terminal/output.js';
import { action } from '../terminal/run-command.js';
import type { Card } from '../vcard/card.js';
import { cardCommands, cardMapping, createCardCustomers } from '../vcard/card-commands.js';
import { type AddressBook, cardCustomer, isCustomer } from '../vcard/card-customer.js';
import { readCards, toRecord } from '../vcard/card-records.js';
import { USUAL_ENCODING } from '../vcard/content-lines.js';
import { ofThisBook, suspectsAmong } from '../vcard/known-cards.js';
import { openRejectedCards } from '../vcard/rejected-cards.js';

interface VcardOptions extends SessionOptions {
  readonly system: string;
  readonly encoding: string;
  readonly rejects?: string;
}

const help = `
Each card becomes a customer with its name, e-mail addresses, phone numbers, messenger handles and other details. A card is
recognised by its UID, or by its text if it has none; a changed card sets name and profile again and adds addresses.
A changed card without a UID is matched by its name with an e-mail address or phone number, and reported; under another name it is
a new customer, reported too.
Cards of groups, rooms and devices are skipped and counted. What a customer has no place for (photos, keys, anniversaries, …) is left out,
counted and named.
Text is decoded with its CHARSET, else as UTF-8, and text that is not UTF-8 with --encoding.
A rejected card is written unchanged to the rejects file, with file, line and reason in X-LETOPIS- lines, which name its
origin: correct the card, leave these lines unchanged, and import that file.

Examples:
  letopis vcard contacts.vcf
  letopis vcard old-telephone.vcf --encoding windows-1251
  letopis vcard vcard.rejects.vcf
  letopis vcard export/*.vcf --dry-run`;

export function define(command: Command): void {
  addServerOptions(
    command
      .description('Import customers from vCard files (2.1, 3.0, 4.0), as exported by telephones and mail programs.')
      .option('--system <name>', 'name of the address book, part of the derived ids', 'vcard')
      .option('--dry-run', 'decide all commands and append nothing')
      .option('--encoding <label>', 'encoding of text that is not UTF-8 and has no CHARSET, e.g. windows-1251', encoding, USUAL_ENCODING)
      .option('--rejects <file>', 'file for rejected cards; default vcard.rejects.vcf, with --dry-run vcard.rejects.dry-run.vcf')
      .option('--json', 'print the summary as JSON on standard output')
      .addHelpText('after', help),
  ).action(action(importCards));
}

/** UTF-16 is known by its byte order mark, and cannot be told property by property. */
function encoding(label: string): string {
  try {
    if (!new TextDecoder(label).encoding.startsWith('utf-16')) return label;
  } catch {
    // told below
  }
  throw new InvalidArgumentError('It must be a label such as windows-1251, koi8-r, iso-8859-2 or shift_jis.');
}

async function importCards(files: readonly string[], options: VcardOptions): Promise<ExitCode> {
  const rejectsPath = options.rejects ?? usualRejects(files, options.dryRun ?? false);
  await assertRejectsPath(rejectsPath, new Map(files.map((file) => [file, file])));
  const { cards, sha256 } = await readCards(files, options.encoding);
  sayWhatIsGuessed(cards, options.encoding);
  const cardOf = new Map<ImportRecord, Card>();
  const known = await withIdsOf(cards, { system: options.system, ids: await foreignKeyIdsToRead(options) });
  const suspects = await suspectsAmong(cards, known, options);
  let matched: ReadonlyMap<Card, string> = new Map();
  const imported = {
    importId: importIdOf(cardMapping(options.system)),
    system: options.system,
    name: files.map((file) => path.basename(file)).join('\n'),
    sha256,
    inputs: options.encoding === USUAL_ENCODING ? undefined : hash('sha256', options.encoding, 'hex'),
    rehearsal: options.dryRun,
  };
  const leftOut = leftOutOf(cards, known);
  /** Without those of customers whose card turned out to be of somebody else. */
  const keptOf = (of: typeof matched) =>
    suspects.kept.filter(({ card, customerId }) => !suspects.found.some((one) => one.card === card) || of.get(card) === customerId);
  return runSession(options, {
    label: files.length === 1 ? (files[0] as string) : `${files.length} files`,
    rejectsPath,
    more: {
      get matchedByIdentifier() {
        return matched.size;
      },
      undecided: suspects.undecided.length,
      leftOut: leftOut.length,
      leftOutByName: countsByName(leftOut),
      get kept() {
        return keptOf(matched).length;
      },
      get keptByName() {
        return countsByName(keptOf(matched));
      },
    },
    words: (lines) => [
      ...lines.map(ofCards),
      ...namedLines('properties left out', leftOut),
      ...(keptOf(matched).length > 0 ? namedLines('details kept that known customers have and their cards do not', keptOf(matched)) : []),
      ...matchedLines([...matched.keys()], suspects.undecided),
    ],
    async run({ sink, keepRejects }, signal) {
      matched = await ofThisBook(suspects.found, options.system, sink);
      const book = await withIdsOf(cards, { system: options.system, ids: sink.foreignKeyIds });
      const customerOf = createCardCustomers(book, matched);
      const imports = await openImports(sink.imports, imported);
      // Before anything is appended.
      for (const { origin } of cards) if (origin) await imports.importOf({ ...origin, mended: origin });
      return runImport({
        records: toRecords(cards, cardOf),
        commandsOf(row, of) {
          const card = cardOf.get(row)!;
          return isCustomer(card) ? cardCommands(row, customerOf(card), of, options.system) : [];
        },
        imports,
        sink,
        checkpoint: noCheckpoint,
        rejectsPath,
        openRejects: () => openRejectedCards(rejectsPath),
        keepRejects: keepRejects?.({ importId: imported.importId, format: 'vcf', rejectsPath }),
        signal,
        inFlight: 64,
        onProgress: () => {},
      });
    },
  });
}

async function* toRecords(cards: readonly Card[], cardOf: Map<ImportRecord, Card>): AsyncGenerator<ReadRecord> {
  let after = 0;
  for (const card of cards) {
    const record = toRecord(card, after);
    if (record.kind === 'row') cardOf.set(record.row, card);
    yield record;
    after = card.row + card.lines - 1;
  }
}

/** Another name while the usual one is imported, mended. */
function usualRejects(files: readonly string[], dryRun: boolean): string {
  const usual = rejectsPathOf('vcard', 'vcf', dryRun);
  const imported = files.some((file) => path.resolve(file) === path.resolve(usual));
  return imported ? rejectsPathOf('vcard.rejects', 'vcf', dryRun) : usual;
}

/** Before the import, because a name is recorded for ever. */
function sayWhatIsGuessed(cards: readonly Card[], encoding: string): void {
  const guessed = cards.filter(({ properties }) => properties.some((property) => property.guessed));
  const [first] = guessed;
  if (first)
    say(
      `${guessed.length} of ${cards.length} cards have text that is neither UTF-8 nor in the encoding that CHARSET names, the first in ${first.file} at line ${first.line}; it is read as ${encoding}`,
    );
  const folded = cards.filter(({ foldedByGuess }) => foldedByGuess);
  const [guess] = folded;
  if (guess)
    say(
      `${folded.length} of ${cards.length} cards have folded lines and no VERSION, the first in ${guess.file} at line ${guess.line}; it is read as version ${guess.version}, which ${guess.version === '2.1' ? 'keeps' : 'removes'} the blank at a fold: add VERSION if words are ${guess.version === '2.1' ? 'cut' : 'fused'}`,
    );
}

/** Of a row of the summary. */
const ofCards = (line: string) =>
  line.replace(/\brow(s?) for which .*/, 'card$1 of groups, rooms, applications or devices skipped').replace(/\brow(s?)\b/, 'card$1');

/** Something of a card that the summary names. */
interface Named {
  readonly name: string;
  readonly card: Card;
}

/** What of the cards is not recorded. */
const leftOutOf = (cards: readonly Card[], book: AddressBook): readonly Named[] =>
  cards
    .filter((card) => card.problem === undefined && isCustomer(card))
    .flatMap((card) => (cardCustomer(card, book)?.leftOut ?? []).map((name) => ({ name, card })));

/** The ids of all cards at once, so that nobody waits for those of one. */
async function withIdsOf<Book extends { readonly system: string; readonly ids: ForeignKeyIds }>(
  cards: readonly Card[],
  book: Book,
): Promise<Book> {
  await book.ids.deriving(() => leftOutOf(cards, book));
  return book;
}

const matchedLines = (matched: readonly Card[], undecided: readonly Card[]): readonly string[] =>
  [
    { of: matched, what: 'without a UID matched to known customers by name and e-mail address or phone number' },
    {
      of: undecided,
      what: 'without a UID share an address with known customers, but their name does not say which; they are new customers',
    },
  ].flatMap(({ of, what }) =>
    of.length === 0
      ? []
      : [
          `  ${of.length} cards ${what} (${of
            .map(({ file, line }) => `${file}:${line}`)
            .slice(0, 20)
            .join(', ')})`,
        ],
  );

const countsByName = (all: readonly Named[]) =>
  Object.fromEntries([...Map.groupBy(all, ({ name }) => name)].map(([name, some]) => [name, some.length]));

const namedLines = (what: string, all: readonly Named[]): readonly string[] => [
  `  ${all.length} ${what}${all.length === 0 ? '' : ':'}`,
  ...[...Map.groupBy(all, ({ name }) => name)].map(
    ([name, some]) =>
      `    ${some.length} ${name} (${some.length > 1 ? 'first ' : ''}in the card in ${some[0]!.card.file} at line ${some[0]!.card.line})`,
  ),
];

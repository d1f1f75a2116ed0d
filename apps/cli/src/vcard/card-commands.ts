import { createHash } from 'node:crypto';
import { commandByName } from '#relationship';
import type { RowImport } from '../import/memory/row-import.js';
import { type ImportRecord, RowProblem } from '../import/records/import-record.js';
import { type PlannedCommand, stateIdentity } from '../import/row-commands.js';
import type { Card } from './card.js';
import { type AddressBook, type CardCustomer, cardCustomer } from './card-customer.js';

/** Everything that the commands of a card depend on is one mapping: the same address book is imported under it again and again. */
export const cardMapping = (system: string) => ({ format: 'vcard', system });

/**
 * A card as commands: who it is, how to reach them, what is known of them, what they are called now. The registration is known for ever; what
 * the card says beside it is set again by a card that was changed at home.
 */
export function cardCommands(row: ImportRecord, customer: CardCustomer, of: RowImport, system: string): readonly PlannedCommand[] {
  const { customerId, registration, identifiers, profile } = customer;
  const { displayName, language } = registration;
  const parts: readonly CardPart[] = [
    { name: 'register-customer', body: registration, formerly: 'registration' },
    ...identifiers.map((identifier) => ({ name: 'add-identifier', body: identifier, formerly: hashOf(identifier) })),
    ...(profile ? [{ name: 'record-profile', body: profile, formerly: hashOf(profile) }] : []),
    { name: 'correct-details', body: { field: 'displayName', to: displayName } },
    ...(language === undefined ? [] : [{ name: 'correct-details', body: { field: 'language', to: language } }]),
  ];
  return parts.map(({ name, body, formerly }, at) => {
    const known = formerly === undefined ? undefined : `${customerId}:${formerly}`;
    const setsState = commandByName(name)?.setsState;
    const index = at + 1;
    return {
      name,
      index,
      target: customerId,
      body,
      once: false,
      tolerate: !setsState ? REGISTERED : row.mended ? NOTHING : REWORDED,
      ...(setsState ? stateIdentity(system, of, { row, index, known }) : { source: { system, id: known! } }),
    };
  });
}

interface CardPart {
  readonly name: string;
  readonly body: object;
  /** Under which it was known for ever before imports had numbers. */
  readonly formerly?: string;
}

const NOTHING: ReadonlySet<string> = new Set();
/** The same card of the same file was executed by a program that read it otherwise; one that was mended says something else itself. */
const REWORDED: ReadonlySet<string> = new Set(['idempotency-conflict']);
/** Of a registered customer the card may say something else by now. */
const REGISTERED: ReadonlySet<string> = new Set(['customer-already-registered', 'idempotency-conflict']);

const hashOf = (value: object) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

/** The registration of a customer is known for ever. */
export const registrationSource = (system: string, customerId: string) => ({ system, id: `${customerId}:registration` });

/** The customers of the cards of an import; `known` are those of cards that another text identified before. */
export function createCardCustomers(book: AddressBook, known: ReadonlyMap<Card, string>) {
  const names = new Map<string, string>();
  /** @throws RowProblem for a card of nobody, and for another person under a UID that a card before it has */
  return (card: Card): CardCustomer => {
    const customer = cardCustomer(card, book, known.get(card));
    if (!customer) throw new RowProblem('the card identifies nobody: it has no name, no organisation and no address');
    const { customerId, registration } = customer;
    const before = names.get(customerId);
    if (before !== undefined && before !== registration.displayName)
      throw new RowProblem('a card before this one has the same UID and another name; give one of the two its own UID');
    names.set(customerId, registration.displayName);
    return customer;
  };
}

import { openIfThere } from '../chronicle/open-for-reading.js';
import type { ServerOptions } from '../server/server-options.js';
import type { CommandSink } from '../sink/command-sink.js';
import { CliError } from '../terminal/cli-error.js';
import { say } from '../terminal/output.js';
import type { Card } from './card.js';
import { registrationSource } from './card-commands.js';
import { type AddressBook, type CardCustomer, cardCustomer, isCardAttribute, isCustomer } from './card-customer.js';
import { IDENTIFIER_KINDS } from './card-identifiers.js';

/** A card without a UID that may be another wording of one that was imported before. */
export interface Suspect {
  readonly card: Card;
  readonly customer: CardCustomer;
  readonly customerId: string;
}

export interface Suspects {
  readonly found: readonly Suspect[];
  /** Cards that share an address with customers of other names only, or with several of the same. */
  readonly undecided: readonly Card[];
  /** What known customers have and their cards do not say. */
  readonly kept: readonly Kept[];
}

/** It stays, as others may have recorded it. */
export interface Kept {
  readonly card: Card;
  readonly customerId: string;
  /** Of the attribute, or the kind of the identifier. */
  readonly name: string;
}

interface Found {
  readonly customerId: string;
  readonly displayName?: string;
}

/**
 * Compares cards with what is known, before any of them is imported. The text of a card without a UID is what identifies it, so a changed one
 * would be another customer. It is compared with the customers that have one of its e-mail addresses or phone numbers: it is of the only one of
 * the same name, because families and firms share addresses. No two cards of an import are of one customer for that.
 */
export async function suspectsAmong(cards: readonly Card[], book: AddressBook, options: ServerOptions): Promise<Suspects> {
  const own = cards.flatMap((card) => {
    const customer = card.problem === undefined && isCustomer(card) ? cardCustomer(card, book) : undefined;
    return customer ? [{ card, customer }] : [];
  });
  const found: Suspect[] = [];
  const undecided: Card[] = [];
  const kept: Kept[] = [];
  const suspects: Suspects = { found, undecided, kept };
  if (own.length === 0) return suspects;
  // Views are loaded where they are asked.
  const { openViewSource, viewNamed } = await import('../views/view-source.js');
  const { readConfiguration } = await import('#platform/configuration/configuration.js');
  if (options.server === undefined) {
    const log = await openIfThere(readConfiguration(process.env));
    if (!log) return suspects;
    await log.close();
  }
  const source = await openViewSource(options);
  const taken = new Set(own.map(({ customer }) => customer.customerId));
  const find = async (query: Readonly<Record<string, string>>): Promise<readonly Found[]> => {
    const customers: Found[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const { body, next } = await source.ask(viewNamed('find-customers'), {}, { ...query, ...(cursor !== undefined && { cursor }) });
      customers.push(...(body as { readonly customers: readonly Found[] }).customers);
      cursor = next;
    }
    return customers;
  };

  async function judge({ card, customer }: Omit<Suspect, 'customerId'>): Promise<void> {
    const known = new Map<string, Found>();
    for (const { kind, value } of customer.identifiers)
      if (kind === 'email' || kind === 'phone')
        for (const one of await find({ identifier: value, identifierKind: kind })) known.set(one.customerId, one);
    if (known.has(customer.customerId)) return;
    const candidates = [...known.values()].filter(({ customerId }) => !taken.has(customerId));
    const namesakes = candidates.filter(({ displayName }) => displayName === customer.registration.displayName);
    const [only] = namesakes;
    if (only && namesakes.length === 1) {
      taken.add(only.customerId);
      found.push({ card, customer, customerId: only.customerId });
    } else if (candidates.length > 0) undecided.push(card);
  }

  async function keptOfKnown(): Promise<readonly Kept[]> {
    const all: Kept[] = [];
    const matched = new Map(found.map(({ card, customerId }) => [card, customerId]));
    const known = own.map(({ card, customer }) => ({ card, customer, customerId: matched.get(card) ?? customer.customerId }));
    for (let at = 0; at < known.length; at += AT_ONCE) {
      const some = known.slice(at, at + AT_ONCE);
      const registered = new Set(
        (await find({ customerId: some.map(({ customerId }) => customerId).join(',') })).map((one) => one.customerId),
      );
      for (const { card, customer, customerId } of some) {
        if (!registered.has(customerId)) continue;
        const { body } = await source.ask(viewNamed('customer'), { customerId }, {});
        for (const name of notSaidBy(customer, body as Known)) all.push({ card, customerId, name });
      }
    }
    return all;
  }

  try {
    await attempt('not all cards without a UID are compared with known customers', async () => {
      for (const one of own) if (!hasUid(one.card)) await judge(one);
    });
    await attempt('what known customers have and their cards do not is not reported', async () => kept.push(...(await keptOfKnown())));
  } finally {
    await source.close();
  }
  return suspects;
}

/** The import goes on without it. */
async function attempt(without: string, compare: () => Promise<unknown>): Promise<void> {
  try {
    await compare();
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    say(`${without}: ${error.message}`);
  }
}

/** As many as one question names. */
const AT_ONCE = 100;

const hasUid = ({ properties }: Card) => properties.some(({ name, value }) => name === 'UID' && value.trim() !== '');

interface Known {
  readonly identifiers: readonly { readonly kind: string; readonly value: string }[];
  readonly profile: { readonly attributes?: Readonly<Record<string, string>> };
}

/** Of what cards say. */
function notSaidBy({ identifiers, profile }: CardCustomer, known: Known): readonly string[] {
  const keyOf = ({ kind, value }: Known['identifiers'][number]) => `${kind} ${value.toLowerCase()}`;
  const said = new Set(identifiers.map(keyOf));
  const others = known.identifiers.filter((one) => IDENTIFIER_KINDS.has(one.kind) && !said.has(keyOf(one)));
  const attributes = Object.keys(known.profile.attributes ?? {}).filter(
    (name) => isCardAttribute(name) && !Object.hasOwn(profile?.attributes ?? {}, name),
  );
  return [...others.map(({ kind }) => kind), ...attributes];
}

/** Those whose customer this address book registered: its registration is known, whatever it said. */
export async function ofThisBook(suspects: readonly Suspect[], system: string, sink: CommandSink): Promise<ReadonlyMap<Card, string>> {
  const customers = new Map<Card, string>();
  for (const { card, customer, customerId } of suspects) {
    const outcome = await sink.execute({
      name: 'register-customer',
      target: customerId,
      body: { ...customer.registration, customerId },
      source: registrationSource(system, customerId),
      append: false,
    });
    const isKnown = outcome.kind === 'repeated' || (outcome.kind === 'rejected' && outcome.code === 'idempotency-conflict');
    if (isKnown) customers.set(card, customerId);
  }
  return customers;
}

import { isThere } from '../chronicle/open-for-reading.js';
import type { ServerOptions } from '../server/server-options.js';
import type { CommandSink } from '../sink/command-sink.js';
import { CliError } from '../terminal/cli-error.js';
import { say } from '../terminal/output.js';
import type { Card } from './card.js';
import { registrationSource } from './card-commands.js';
import { type CardCustomer, cardCustomer, isCustomer } from './card-customer.js';

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
}

interface Found {
  readonly customerId: string;
  readonly displayName?: string;
}

/**
 * The text of a card without a UID is what identifies it, so a changed one would be another customer. It is compared with the customers that
 * have one of its e-mail addresses or phone numbers: it is of the only one of the same name, because families and firms share addresses.
 * No two cards of an import are of one customer for that.
 */
export async function suspectsAmong(cards: readonly Card[], system: string, options: ServerOptions): Promise<Suspects> {
  const own = cards.flatMap((card) => {
    const customer = card.problem === undefined && isCustomer(card) ? cardCustomer(card, system) : undefined;
    return customer ? [{ card, customer }] : [];
  });
  const unnamed = own.filter(({ card }) => !card.properties.some(({ name, value }) => name === 'UID' && value.trim() !== ''));
  const nobody: Suspects = { found: [], undecided: [] };
  if (unnamed.length === 0) return nobody;
  // Views are loaded where they are asked.
  const { openViewSource, viewNamed } = await import('../views/view-source.js');
  const { readConfiguration } = await import('#platform/configuration/configuration.js');
  if (options.server === undefined && !isThere(readConfiguration(process.env).eventLogUrl)) return nobody;
  const source = await openViewSource(options);
  const taken = new Set(own.map(({ customer }) => customer.customerId));
  const found: Suspect[] = [];
  const undecided: Card[] = [];
  try {
    for (const { card, customer } of unnamed) {
      const known = new Map<string, Found>();
      for (const { kind, value } of customer.identifiers) {
        if (kind !== 'email' && kind !== 'phone') continue;
        for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
          const asked = { identifier: value, identifierKind: kind, ...(cursor !== undefined && { cursor }) };
          const { body, next } = await source.ask(viewNamed('find-customers'), {}, asked);
          for (const one of (body as { readonly customers: readonly Found[] }).customers) known.set(one.customerId, one);
          cursor = next;
        }
      }
      if (known.has(customer.customerId)) continue;
      const candidates = [...known.values()].filter(({ customerId }) => !taken.has(customerId));
      const namesakes = candidates.filter(({ displayName }) => displayName === customer.registration.displayName);
      const [only] = namesakes;
      if (only && namesakes.length === 1) {
        taken.add(only.customerId);
        found.push({ card, customer, customerId: only.customerId });
      } else if (candidates.length > 0) undecided.push(card);
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    say(`cards without a UID are not compared with known customers: ${error.message}`);
  } finally {
    await source.close();
  }
  return { found, undecided };
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

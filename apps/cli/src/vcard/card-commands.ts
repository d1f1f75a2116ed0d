import { createHash } from 'node:crypto';
import { RowProblem } from '../import/records/import-record.js';
import type { PlannedCommand } from '../import/row-commands.js';
import type { Card } from './card.js';
import { cardCustomer } from './card-customer.js';

/**
 * A card as commands: who it is, how to reach them, what is known of them. Each says by the hash of its content what it is, so a card
 * that comes again appends nothing, and one that was changed at home adds what is new.
 */
export function cardCommands(card: Card, system: string): readonly PlannedCommand[] {
  const customer = cardCustomer(card, system);
  if (!customer) throw new RowProblem('the card names nobody: it has no name, no organisation and no address');
  const { customerId, registration, identifiers, profile } = customer;
  const command = (name: string, part: string, body: object): PlannedCommand => ({
    name,
    target: customerId,
    body,
    source: { system, id: `${customerId}:${part}` },
    once: false,
    tolerate: new Set(['customer-already-registered', 'idempotency-conflict']),
  });
  return [
    command('register-customer', 'registration', registration),
    ...identifiers.map((identifier) => command('add-identifier', hashOf(identifier), identifier)),
    ...(profile ? [command('record-profile', hashOf(profile), profile)] : []),
  ];
}

const hashOf = (value: object) => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

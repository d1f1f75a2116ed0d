import { type AttitudeCommand, attitudeCommands } from './attitude/commands.js';
import { type ContactCommand, contactCommands } from './contacts/commands.js';
import { type CurationCommand, curationCommands } from './curation/commands.js';
import { curatorCommands } from './curators/commands.js';
import { type CustomerCommand, customerCommands } from './customer/commands.js';
import { type DealCommand, dealCommands } from './deals/commands.js';
import type { CommandDefinition } from './kernel/decider.js';
import { type PartnershipCommand, partnershipCommands } from './partnership/commands.js';
import { policyCommands } from './policies/commands.js';
import { type PurchaseCommand, purchaseCommands } from './purchases/commands.js';

/** Everything that can be asked of a customer's stream. */
export type RelationshipCommand =
  | CustomerCommand
  | ContactCommand
  | DealCommand
  | PurchaseCommand
  | CurationCommand
  | AttitudeCommand
  | PartnershipCommand;

export const commandCatalogue: readonly CommandDefinition[] = [
  ...customerCommands,
  ...contactCommands,
  ...dealCommands,
  ...purchaseCommands,
  ...curationCommands,
  ...attitudeCommands,
  ...partnershipCommands,
  ...curatorCommands,
  ...policyCommands,
];

const byName = new Map(commandCatalogue.map((definition) => [definition.name, definition]));

export const commandByName = (name: string): CommandDefinition | undefined => byName.get(name);

import type { Command, CommandDefinition, Role } from './decider.js';

export type CommandOf<Definition> = Definition extends CommandDefinition<infer Name, infer Body> ? Command<Name, Body> : never;

/** Keeps the name and the body of a definition as types. */
export const command = <const Name extends string, Body extends object>(
  definition: CommandDefinition<Name, Body>,
): CommandDefinition<Name, Body> => definition;

/** Who works with customers. */
export const staff: readonly Role[] = ['curator', 'supervisor', 'service', 'admin'];
export const staffAndCustomer: readonly Role[] = [...staff, 'customer'];
export const leads: readonly Role[] = ['supervisor', 'admin'];

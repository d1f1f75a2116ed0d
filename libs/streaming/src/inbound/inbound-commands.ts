import { type CommandDefinition, contactCommands } from '#relationship';

/** What may come over Kafka: everything about contacts and promises that is open to services. `ce_type` is the name of the command. */
export const inboundCommands: readonly CommandDefinition[] = contactCommands.filter(({ roles }) => roles.includes('service'));

import { Whole } from '../kernel/body.js';
import { command } from '../kernel/command.js';

export class ListForRetention {}

export class EraseForRetention {
  /** By which the customer was due: decided by another version, the command is rejected. */
  @Whole(2, 1_000_000) policyVersion!: number;
}

export const retentionCommands = [
  command({
    name: 'list-for-retention',
    body: ListForRetention,
    summary: 'Record that the customer is due for erasure by the policy `retention` within 30 days',
    roles: [],
    rejections: [],
    readsHistory: true,
    whileRestricted: true,
  }),
  command({
    name: 'erase-for-retention',
    body: EraseForRetention,
    summary: 'Request and confirm the erasure of a customer who was listed by the policy `retention`',
    roles: [],
    rejections: ['retention-not-due', 'legal-hold-in-force', 'complaint-unresolved', 'erasure-already-requested'],
    readsHistory: true,
    whileRestricted: true,
  }),
] as const;

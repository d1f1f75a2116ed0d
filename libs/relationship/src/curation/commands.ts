import { Id, Optional, Text } from '../kernel/body.js';
import { command, leads } from '../kernel/command.js';
import { curatorRejections } from '../kernel/rejections.js';

/** Holds from `occurredAt` on. */
export class AssignCurator {
  @Id() curatorId!: string;
  @Optional() @Text(500) reason?: string;
}

export const curationCommands = [
  command({
    name: 'assign-curator',
    body: AssignCurator,
    path: '/customers/:customerId/curator',
    summary: 'Assign a curator to the customer',
    roles: [...leads, 'service'],
    rejections: [...curatorRejections, 'curator-already-assigned'],
    setsState: true,
    whileRestricted: true,
  }),
] as const;

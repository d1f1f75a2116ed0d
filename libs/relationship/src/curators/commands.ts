import { Id, OneOf, Optional, SomeText, Text } from '../kernel/body.js';
import { type CommandOf, command, leads } from '../kernel/command.js';
import { curatorRejections } from '../kernel/rejections.js';

/** In the place of a curator id in filters: no curator. So it is no id of a curator. */
export const NO_CURATOR = 'none';

export class RegisterCurator {
  @Id() curatorId!: string;
  @Optional() @SomeText(300) displayName?: string;
  @Optional() @Id() supervisorId?: string;
  @Optional() @Text(100) team?: string;
}

export const correctableCuratorDetails = ['displayName', 'team'] as const;

export class CorrectCuratorDetails {
  @OneOf(correctableCuratorDetails) field!: (typeof correctableCuratorDetails)[number];
  @SomeText(300) to!: string;
  @Optional() @Text(500) reason?: string;
}

export class DepartCurator {
  /** Who takes over the customers and the open work; without, there must be none left. */
  @Optional() @Id() to?: string;
  @Optional() @Text(500) reason?: string;
}

export const curatorCommands = [
  command({
    name: 'register-curator',
    body: RegisterCurator,
    path: '/curators',
    generatedId: 'curatorId',
    summary: 'Register a curator',
    roles: leads,
    rejections: ['curator-already-registered', 'curator-id-reserved'],
  }),
  command({
    name: 'correct-curator-details',
    body: CorrectCuratorDetails,
    path: '/curators/:curatorId/corrections',
    summary: 'Correct a detail of the registration of a curator',
    roles: leads,
    rejections: ['curator-unknown'],
    setsState: true,
  }),
  command({
    name: 'depart-curator',
    body: DepartCurator,
    path: '/curators/:curatorId/depart',
    unfinished: true,
    summary: 'Transfer all customers and open work of a curator to another one, then record that the curator has left',
    roles: leads,
    rejections: [...curatorRejections, 'curator-has-work'],
  }),
] as const;
export type CuratorCommand = CommandOf<(typeof curatorCommands)[number]>;

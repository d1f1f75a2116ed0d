import { aggregate, opaqueId } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import { isAlreadySo, mustHaveHappened, mustWorkHere } from '../kernel/decision.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import {
  type CorrectCuratorDetails,
  type CuratorCommand,
  curatorCommands,
  type DepartCurator,
  NO_CURATOR,
  type RegisterCurator,
} from './commands.js';
import { type CuratorEvent, curatorEvents } from './events.js';
import { curatorReference } from './reference-data.js';
import { type Curator, detailAt, evolveCurator, handOverAt, turnAt, unknownCurator } from './state.js';

/** @throws Rejection with the reason; nothing is to be appended */
export const decideCurator = (state: Curator, command: CuratorCommand, context: DecisionContext): readonly CuratorEvent[] => {
  if (context.actor.kind === 'customer')
    reject('not-for-customers', `Customers may not execute ${command.name}.`, { command: command.name });
  mustHaveHappened(context);
  switch (command.name) {
    case 'register-curator':
      return registerCurator(state, command.body, context);
    case 'correct-curator-details':
      return correctDetails(state, command.body, context);
    case 'depart-curator':
      return departCurator(state, command.body, context);
  }
};

/** Judged as of `occurredAt`. Whoever had left may come back; whoever works here then is not registered twice. */
const registerCurator = (
  state: Curator,
  { curatorId, displayName, supervisorId, team }: RegisterCurator,
  { occurredAt }: DecisionContext,
): readonly CuratorEvent[] => {
  if (curatorId === NO_CURATOR)
    reject('curator-id-reserved', `\`${NO_CURATOR}\` means "without a curator" in filters; give another id.`, { curatorId });
  if (turnAt(state, occurredAt)?.works)
    reject('curator-already-registered', `Curator ${curatorId} is already registered at ${occurredAt}.`, { curatorId });
  return [{ type: 'curator-registered', data: plain({ curatorId, displayName, supervisorId, team }) }];
};

const correctDetails = (
  state: Curator,
  { field, to, reason }: CorrectCuratorDetails,
  context: DecisionContext,
): readonly CuratorEvent[] => {
  const held = detailAt(state, field, context.occurredAt) ?? reject('curator-unknown', 'The curator does not exist.');
  if (held.value === to && isAlreadySo(held, context)) return [];
  return [{ type: 'curator-details-corrected', data: plain({ curatorId: state.curatorId, field, from: held.value, to, reason }) }];
};

/**
 * With a successor the departure begins, without one it is done. That nothing is left by then is looked after by whoever asks
 * (`withDepartures`): what a curator has is in other streams.
 */
const departCurator = (state: Curator, { to, reason }: DepartCurator, context: DecisionContext): readonly CuratorEvent[] => {
  const { curatorId } = state;
  const turn = turnAt(state, context.occurredAt) ?? reject('curator-unknown', 'The curator does not exist.');
  if (!turn.works && isAlreadySo(turn, context)) return [];
  if (!to) return [{ type: 'curator-departed', data: plain({ curatorId, reason }) }];
  if (to === curatorId) reject('curator-departing', `Curator ${to} is leaving; name another curator in \`to\`.`, { curatorId });
  mustWorkHere(to, { ...context, occurredAt: context.now });
  if (handOverAt(state, context.now)?.to === to) return [];
  return [{ type: 'curator-departure-begun', data: plain({ curatorId, to, reason }) }];
};

export const curator = aggregate({
  category: 'curator',
  subject: 'curator',
  idMember: 'curatorId',
  idSchema: opaqueId,
  access: 'roles',
  published: true,
  path: '/curators',
  tag: { name: 'curators', description: 'Account managers who are responsible for customers' },
  events: curatorEvents,
  commands: curatorCommands,
  commonRejections: ['not-for-customers', 'occurred-in-future'],
  decider: { initialState: unknownCurator, evolve: evolveCurator, decide: decideCurator },
  reference: curatorReference,
});

import { aggregate } from '../kernel/aggregate.js';
import type { TypedEvent } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import { plain } from '../kernel/plain.js';
import { type ProcessCommand, processStreamCommands } from './commands.js';
import { type ProcessEvent, processEvents } from './events.js';

/**
 * The stream of a process is its inbox and its outbox. Several hosts may run the same process: what another has recorded already is recorded
 * once, so nobody is rejected for it.
 */
export interface ProcessState {
  readonly hasBegun: boolean;
  /** By input: whether its commands were answered. */
  readonly inputs: IdMap<'issued' | 'answered'>;
  readonly isCertified: boolean;
}

const initialProcess: ProcessState = { hasBegun: false, inputs: emptyIdMap, isCertified: false };

const evolveProcess = (state: ProcessState, event: TypedEvent): ProcessState => {
  const { type, data } = event as ProcessEvent;
  switch (type) {
    case 'process-begun':
      return { ...state, hasBegun: true };
    case 'process-commands-issued':
      return { ...state, inputs: setId(state.inputs, data.input, 'issued') };
    case 'process-commands-answered':
      return { ...state, inputs: setId(state.inputs, data.input, 'answered') };
    case 'erasure-certified':
      return { ...state, isCertified: true };
    default:
      return state;
  }
};

const decideProcess = ({ hasBegun, inputs, isCertified }: ProcessState, { name, body }: ProcessCommand): readonly ProcessEvent[] => {
  switch (name) {
    case 'begin-process':
      return hasBegun ? [] : [{ type: 'process-begun', data: {} }];
    case 'issue-process-commands':
      return getId(inputs, body.input) !== undefined ? [] : [{ type: 'process-commands-issued', data: plain({ ...body }) }];
    case 'certify-erasure':
      return isCertified ? [] : [{ type: 'erasure-certified', data: { certificate: body.certificate } }];
    case 'answer-process-commands':
      return getId(inputs, body.input) === 'issued' ? [{ type: 'process-commands-answered', data: plain({ ...body }) }] : [];
  }
};

/** `process-<name>` marks where a process began, `process-<name>-<id>` is what it did about one subject. */
export const processAggregate = aggregate({
  category: 'process',
  subject: 'process',
  idMember: 'processId',
  idSchema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,128}$', description: '1 to 128 letters, digits, hyphens and underscores' },
  access: 'roles',
  published: false,
  internal: true,
  tag: { name: 'processes', description: 'Inputs and commands of processes' },
  events: processEvents,
  commands: processStreamCommands,
  decider: { initialState: () => initialProcess, evolve: evolveProcess, decide: decideProcess },
});

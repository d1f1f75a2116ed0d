import { AnyObject, Id, Instant, ListOf, Optional, Text, Texts, Word } from '../kernel/body.js';
import { type CommandOf, command } from '../kernel/command.js';
import { type ErasureCertificate, MOST_COMMANDS } from './events.js';

export class BeginProcess {}

export class IssuedCommandBody {
  @Word() name!: string;
  @Id() targetId!: string;
  @Optional() @Instant() occurredAt?: string;
  @AnyObject() body!: object;
}

export class IssueProcessCommands {
  @Text(400) input!: string;
  @ListOf(() => IssuedCommandBody, MOST_COMMANDS) commands!: IssuedCommandBody[];
  @Optional() @Texts(MOST_COMMANDS, 100) steps?: string[];
}

export class CommandOutcomeBody {
  @Optional() @Word() rejectedWith?: string;
}

export class AnswerProcessCommands {
  @Text(400) input!: string;
  @ListOf(() => CommandOutcomeBody, MOST_COMMANDS) outcomes!: CommandOutcomeBody[];
}

export class CertifyErasure {
  /** Of the form that the event has. */
  @AnyObject() certificate!: ErasureCertificate;
}

export const processStreamCommands = [
  command({ name: 'begin-process', body: BeginProcess, summary: 'Record when a process was first started', roles: [], rejections: [] }),
  command({
    name: 'issue-process-commands',
    body: IssueProcessCommands,
    summary: 'Record an input of a process with the commands that it issues',
    roles: [],
    rejections: [],
  }),
  command({
    name: 'answer-process-commands',
    body: AnswerProcessCommands,
    summary: 'Record the results of the commands that a process issued',
    roles: [],
    rejections: [],
  }),
  command({
    name: 'certify-erasure',
    body: CertifyErasure,
    summary: 'Record the certificate of an erasure',
    roles: [],
    rejections: [],
  }),
] as const;
export type ProcessCommand = CommandOf<(typeof processStreamCommands)[number]>;

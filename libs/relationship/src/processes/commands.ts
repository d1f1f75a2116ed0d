import { AnyObject, Id, Instant, ListOf, Optional, Text, Word } from '../kernel/body.js';
import { type CommandOf, command } from '../kernel/command.js';
import { MOST_COMMANDS } from './events.js';

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
}

export class CommandOutcomeBody {
  @Optional() @Word() rejectedWith?: string;
}

export class AnswerProcessCommands {
  @Text(400) input!: string;
  @ListOf(() => CommandOutcomeBody, MOST_COMMANDS) outcomes!: CommandOutcomeBody[];
}

export const processStreamCommands = [
  command({ name: 'begin-process', body: BeginProcess, summary: 'Mark where a process begins', roles: [], rejections: [] }),
  command({
    name: 'issue-process-commands',
    body: IssueProcessCommands,
    summary: 'Record an input of a process with what it issues',
    roles: [],
    rejections: [],
  }),
  command({
    name: 'answer-process-commands',
    body: AnswerProcessCommands,
    summary: 'Record what came of what a process issued',
    roles: [],
    rejections: [],
  }),
] as const;
export type ProcessCommand = CommandOf<(typeof processStreamCommands)[number]>;

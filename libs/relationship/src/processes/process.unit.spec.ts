import { describe, expect, it } from '@jest/globals';
import type { Decider } from '../kernel/aggregate.js';
import type { DecisionContext } from '../kernel/decider.js';
import { instanceOf } from '../kernel/shape.js';
import { defaultPolicies } from '../policies/policy.js';
import type { ProcessCommand } from './commands.js';
import { type ProcessState, processAggregate } from './process.js';

const { initialState, evolve, decide }: Decider<ProcessState, ProcessCommand> = processAggregate.decider;
const context: DecisionContext = {
  now: '2026-11-22T12:00:00.000Z',
  occurredAt: '2026-11-22T12:00:00.000Z',
  actor: { kind: 'system', id: 'overdue' },
  policies: defaultPolicies,
  curator: () => 'unknown',
  newEventId: 'new-event',
  readBody: instanceOf,
};
/** What each command decides after those before it. */
const decided = (...commands: readonly ProcessCommand[]) => {
  let state = initialState('overdue-c');
  return commands.map((command) => {
    const events = decide(state, command, context);
    for (const event of events) state = evolve(state, { ...event, occurredAt: context.occurredAt });
    return events.map(({ type, data }) => [type, data]);
  });
};

describe('the stream of a process', () => {
  it('has one beginning', () => {
    const begin = { name: 'begin-process', body: {} } satisfies ProcessCommand;
    expect(decided(begin, begin)).toEqual([[['process-begun', {}]], []]);
  });
  it('takes each input in once, and its answers once, whoever comes with them', () => {
    const commands = [{ name: 'mark-promise-overdue', targetId: 'c', body: { promiseId: 'p' } }];
    const issue = { name: 'issue-process-commands', body: { input: 'i', commands } } satisfies ProcessCommand;
    const answer = {
      name: 'answer-process-commands',
      body: { input: 'i', outcomes: [{ rejectedWith: 'promise-not-open' }] },
    } satisfies ProcessCommand;
    expect(decided(answer, issue, issue, answer, answer, issue)).toEqual([
      [],
      [['process-commands-issued', { input: 'i', commands }]],
      [],
      [['process-commands-answered', { input: 'i', outcomes: [{ rejectedWith: 'promise-not-open' }] }]],
      [],
      [],
    ]);
  });
});

import { type CommandResult, type Envelope, type EventLog, idsOfDecided, type RecordedEvent } from '#event-log';
import {
  type Command,
  type CommandDefinition,
  commandByName,
  curatorStream,
  type DecisionContext,
  isInstant,
  type PolicyHistory,
  policyNames,
  policyStream,
  relationshipStream,
  toUtc,
} from '#relationship';
import { type FieldError, Problem } from '../problems/problem.js';
import type { Register } from '../registers/register.js';
import { type Curators, standingOf } from '../registers/registers.js';
import { invalidBody, isObject, readCommandBody } from './command-body.js';
import { identify } from './command-identity.js';
import type { CommandAnswer, CommandRequest } from './command-request.js';
import { createRunners } from './runners.js';

export interface CommandServiceOptions {
  readonly log: EventLog;
  readonly policies: Register<PolicyHistory>;
  readonly curators: Register<Curators>;
  /** Now, ISO 8601 UTC with milliseconds. */
  readonly clock: () => string;
  /** A new, unique id. */
  readonly newId: () => string;
}

export interface CommandService {
  /**
   * The one way in, for HTTP, bulk, imports and inbound messages alike. Answers when the events are durable.
   * @throws Problem, Refusal, RevisionMismatch, IdempotencyConflict, InvalidEvent, EventLogUnavailable; nothing is appended then, unless it is an AppendUnknown
   */
  execute(request: CommandRequest): Promise<CommandAnswer>;
}

/** The member and path parameter that names the target. */
export const targetMember = { customer: 'customerId', curator: 'curatorId', policy: 'policyName' } as const;

/** Id of a customer or a curator. */
export const opaqueId = /^[A-Za-z0-9_-]{1,64}$/;
export const isOpaqueId = (id: unknown): id is string => typeof id === 'string' && opaqueId.test(id);

const streams = { customer: relationshipStream, curator: curatorStream, policy: policyStream } as const;

export const createCommandService = (options: CommandServiceOptions): CommandService => {
  const { log, policies, curators, clock, newId } = options;
  const run = createRunners(log, newId);
  const curator = (id: string, instant: string) => standingOf(curators.current(), id, instant);

  return {
    async execute(request) {
      const definition = commandByName(request.name);
      if (definition === undefined) throw new Problem('unknown-command');
      if (request.remember === false && request.actor.kind !== 'import') throw rememberedByImportsAlone();
      const identity = identify(request, newId);
      const { targetId, ids, body } = filled(definition, request, identity.idFor);
      const command = { name: definition.name, body: readCommandBody(definition.body, body, instantErrors(request.occurredAt)) };
      const now = clock();
      const occurredAt = request.occurredAt === undefined ? now : toUtc(request.occurredAt);
      const context: DecisionContext = { now, occurredAt, actor: request.actor, policies: policies.current(), curator };
      const envelope: Envelope<Command> = {
        commandId: identity.commandId,
        ...(identity.commandHash !== undefined && { commandHash: identity.commandHash }),
        command,
        actor: request.actor,
        now,
        occurredAt,
        correlationId: request.correlationId ?? identity.commandId,
        ...(request.source && { source: request.source }),
        ...(request.expectedRevision !== undefined && { expectedRevision: request.expectedRevision }),
        ...(request.remember !== undefined && { remember: request.remember }),
      };
      const stream = streams[definition.target](targetId);
      const result = await run(definition.target, targetId).execute(stream, envelope, context);
      if (definition.target === 'policy') await policies.reached(result.position);
      if (definition.target === 'curator') await curators.reached(result.position);
      return answer(result, ids, result.replayed ? await eventsOf(log, result, identity.commandId) : result.eventIds);
    },
  };
};

const rememberedByImportsAlone = () =>
  invalidBody([
    { pointer: '/remember', detail: 'may be false only for an import (Letopis-Actor: import:<id>), which remembers its commands itself' },
  ]);

const answer = (
  { stream, position, revision, replayed }: CommandResult,
  ids: Readonly<Record<string, string>>,
  events: readonly string[],
): CommandAnswer => ({
  stream,
  position,
  revision,
  ids,
  events,
  replayed,
});

interface Filled {
  readonly targetId: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Makes the ids that the client left out, and finds the target in the path or in the body. */
const filled = (definition: CommandDefinition, request: CommandRequest, idFor: (member: string) => string): Filled => {
  if (!isObject(request.body)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const target = targetMember[definition.target];
  const made = definition.generatedId;
  const creates = made === target;
  let body = request.body;
  if (made !== undefined && (body[made] === undefined || body[made] === null)) {
    body = { ...body, [made]: (creates && request.targetId) || idFor(made) };
  }
  const targetId = creates ? body[made] : request.targetId;
  if (definition.target === 'policy') {
    if (!policyNames.some((name) => name === targetId)) throw new Problem('not-found', `The policies are ${policyNames.join(', ')}.`);
  } else if (!isOpaqueId(targetId)) {
    throw creates
      ? invalidBody([
          { pointer: `/${target}`, detail: 'must be 1 to 64 letters, digits, hyphens and underscores, never an address or a name' },
        ])
      : new Problem('invalid-path', `${target} must be 1 to 64 letters, digits, hyphens and underscores.`);
  }
  const ids: Record<string, string> = { [target]: targetId as string };
  if (made !== undefined && typeof body[made] === 'string') ids[made] = body[made];
  return { targetId: targetId as string, ids, body };
};

const instantErrors = (given: string | undefined): readonly FieldError[] =>
  given === undefined || isInstant(given)
    ? noErrors
    : [{ pointer: '/occurredAt', detail: 'must be an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z' }];
const noErrors: readonly FieldError[] = [];

/** The last command of a stream made few events, so the stream is read backwards in short stretches. */
const STRETCH = 8;

const eventsOf = async (log: EventLog, { stream, revision }: CommandResult, commandId: string): Promise<readonly string[]> => {
  const events: RecordedEvent[] = [];
  for (let from = revision; from >= 0; from -= STRETCH) {
    const stretch = { from, to: Math.max(0, from - STRETCH + 1), direction: 'backwards' } as const;
    for await (const batch of log.readStream(stream, stretch)) {
      for (const event of batch) {
        if (event.commandId !== commandId) return idsOfDecided(events.reverse());
        events.push(event);
      }
    }
  }
  return idsOfDecided(events.reverse());
};

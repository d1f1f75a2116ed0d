import { type CommandResult, type DomainEvent, type Envelope, type EventLog, EventNotUnderstood, idsOfDecided } from '#event-log';
import {
  type Aggregate,
  type Command,
  commandByName,
  correctedIn,
  type DecisionContext,
  isIdOf,
  isInstant,
  leadsIn,
  type OwnedCommand,
  processCommandByName,
  Rejection,
  relationship,
  type Subscribers,
  statusOf,
  streamOf,
  subscriber,
  toUtc,
} from '#relationship';
import { type FieldError, Problem } from '../problems/problem.js';
import type { References } from '../reference-data/references.js';
import { invalidBody, isObject, readCommandBody } from './command-body.js';
import { identify } from './command-identity.js';
import type { CommandAnswer, CommandRequest } from './command-request.js';
import type { DerivedIdsSource } from './derived-ids.js';
import type { Fingerprints } from './fingerprints.js';
import { createRunners, type RunnerCache } from './runners.js';

export interface CommandServiceOptions {
  readonly log: EventLog;
  readonly references: Pick<References, 'policies' | 'curators' | 'of' | 'notUnderstood' | 'fresh'>;
  readonly fingerprints: Fingerprints;
  /** Of commands that may be repeated, and of what they create. */
  readonly derivedIds: DerivedIdsSource;
  /** Now, ISO 8601 UTC with milliseconds. */
  readonly clock: () => string;
  /** A new, unique id. */
  readonly newId: () => string;
  /** Of each aggregate; that of a runner when absent. */
  readonly cache?: RunnerCache;
}

export interface CommandService {
  /**
   * The one way in, for HTTP, bulk, imports and inbound messages alike. Answers when the events are durable.
   * @throws Problem, Rejection, RevisionMismatch, IdempotencyConflict, EventsWithheld, EventNotUnderstood, FingerprintKeyMissing, InvalidEvent, EventLogUnavailable, KeyStoreUnavailable; nothing is appended then, unless it is an AppendUnknown
   */
  execute(request: CommandRequest): Promise<CommandAnswer>;
}

/** With what it keeps of records. */
export interface KeepingCommandService extends CommandService {
  /** Drops what is in memory of a customer who was erased, by the stream. */
  forget(stream: string): void;
}

export const createCommandService = (options: CommandServiceOptions): KeepingCommandService => {
  const { log, references, fingerprints, derivedIds, clock, newId } = options;
  const { policies, curators } = references;
  const runnerOf = createRunners(log, newId, options.cache);
  const curator = (id: string, instant: string) => statusOf(curators.current(), id, instant);

  const subscribers = () => references.of(subscriber)?.current() as Subscribers | undefined;
  const subscriberOf = (id: string) => subscribers()?.get(id);

  const readBody: DecisionContext['readBody'] = (shape, given, pointer) => readCommandBody(shape, given, noErrors, pointer);

  /** The key was good when the request came; the curator may have left since, or in another process. */
  const mustWorkHere = ({ kind, id }: CommandRequest['actor'], now: string): void => {
    if (kind === 'curator' && curator(id, now) === 'departed') throw new Problem('not-authenticated');
  };

  const readerOf = ({ actor, team }: CommandRequest, now: string): DecisionContext['actor'] =>
    team === undefined ? actor : { ...actor, leads: leadsIn(curators.current(), team, now) };

  const referenceData = () => [policies.current(), curators.current(), subscribers()];

  const execute = async (request: CommandRequest): Promise<CommandAnswer> => {
    const definition = commandByName(request.name) ?? (request.actor.kind === 'system' ? processCommandByName(request.name) : undefined);
    if (definition === undefined) throw new Problem('unknown-command');
    mustHaveRules(references.notUnderstood());
    if (request.actor.kind !== 'import') mustNotBeAnImports(request);
    const identity = await identify(request, newId, derivedIds);
    const { formerly } = identity;
    const { targetId, ids, body } = filled(definition, request, identity.idFor);
    const command = { name: definition.name, body: readCommandBody(definition.body, body, instantErrors(request.occurredAt)) };
    const now = clock();
    mustWorkHere(request.actor, now);
    const occurredAt = request.occurredAt === undefined ? now : toUtc(request.occurredAt);
    const { aggregate } = definition;
    if (request.team !== undefined && aggregate.access === 'roles')
      throw new Problem('not-allowed', 'A supervisor of one team may send commands for customers only.');
    const stream = streamOf(aggregate, targetId);
    const named = otherNamed(command.body, definition);
    const otherCustomer = named === undefined ? undefined : await otherCustomerOf(log, stream, streamOf(aggregate, named));
    const rules = { policies: policies.current(), curator, subscriber: subscriberOf, newEventId: newId(), readBody };
    const context: DecisionContext = { now, occurredAt, actor: readerOf(request, now), ...rules, ...(otherCustomer && { otherCustomer }) };
    const envelope: Envelope<Command> = {
      commandId: identity.commandId,
      ...(identity.canonical !== undefined && fingerprints.of(stream, identity.canonical)),
      command,
      // A name is accepted and not stored: it is personal, and belongs to no customer.
      actor: { kind: request.actor.kind, id: request.actor.id },
      now,
      occurredAt,
      correlationId: request.correlationId ?? identity.commandId,
      ...(request.causationId !== undefined && { causationId: request.causationId }),
      ...(request.source && { source: request.source }),
      ...(formerly && {
        formerly: { commandId: formerly.commandId, isOf: fingerprints.of(stream, formerly.canonical).isSameCommand },
      }),
      ...(request.expectedRevision !== undefined && { expectedRevision: request.expectedRevision }),
      ...(request.remember !== undefined && { remember: request.remember }),
      ...(request.append !== undefined && { append: request.append }),
    };
    const result = await runnerOf(aggregate).execute(stream, envelope, context);
    await references.of(aggregate)?.reached(result.position);
    const corrected = result.history && correctedIn(result.history, (command.body as { readonly eventId: string }).eventId);
    return answer(
      result,
      { ...ids, ...corrected?.ids },
      corrected?.opensTo ?? openedTo(definition, command.body),
      result.replayed ? await eventsOf(log, result, result.executedAs ?? identity.commandId) : result.eventIds,
    );
  };

  return {
    forget: (stream) => runnerOf(relationship).forget(stream),
    async execute(request) {
      const known = referenceData();
      try {
        return await execute(request);
      } catch (error) {
        // What was accepted stands by the revision that it expected; what is rejected may be so by what other processes have changed since.
        if (log.guarantees.oneWriter || !dependsOnReferenceData(error)) throw error;
        await references.fresh();
        if (referenceData().every((each, index) => each === known[index])) throw error;
        return execute(request);
      }
    },
  };
};

const dependsOnReferenceData = (error: unknown): boolean =>
  error instanceof Rejection || (error instanceof Problem && ['not-authenticated', 'event-not-understood'].includes(error.code));

/** Not the fault of the one command: it may be sent again once the event is understood. */
const mustHaveRules = ([event]: readonly DomainEvent[]): void => {
  if (event?.notUnderstood === undefined) return;
  const { message, details } = new EventNotUnderstood(event, event.notUnderstood);
  throw new Problem('event-not-understood', message, { ...details }, RETRY_AFTER_SECONDS);
};
const RETRY_AFTER_SECONDS = 30;

const mustNotBeAnImports = ({ remember, append, formerly }: CommandRequest): void => {
  const only = 'only for an import (Letopis-Actor: import:<id>), which records its commands itself';
  if (remember === false) throw invalidBody([{ pointer: '/remember', detail: `may be false ${only}` }]);
  if (append === false) throw invalidBody([{ pointer: '/append', detail: `may be false ${only}` }]);
  if (formerly !== undefined) throw invalidBody([{ pointer: '/formerly', detail: `may be sent ${only}` }]);
};

const answer = (
  { stream, position, revision, replayed }: CommandResult,
  ids: Readonly<Record<string, string>>,
  opensTo: readonly string[],
  events: readonly string[],
): CommandAnswer => ({
  stream,
  position,
  revision,
  ids,
  events,
  replayed,
  ...(opensTo.length > 0 && { opensTo }),
});

const openedTo = ({ givesWork }: OwnedCommand, body: object): readonly string[] => {
  const { curatorId } = body as { readonly curatorId?: string | null };
  return givesWork && curatorId ? [curatorId] : [];
};

interface Filled {
  readonly targetId: string;
  readonly ids: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Makes the ids that the client left out, and finds the target in the path or in the body. */
const filled = (definition: OwnedCommand, request: CommandRequest, idFor: (member: string) => string): Filled => {
  if (!isObject(request.body)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const { aggregate, generatedId: made } = definition;
  const target = aggregate.idMember;
  const creates = made === target;
  let body = request.body;
  if (made !== undefined && (body[made] === undefined || body[made] === null)) {
    body = { ...body, [made]: (creates && request.targetId) || idFor(made) };
  }
  const targetId = creates ? body[made] : request.targetId;
  if (!isIdOf(aggregate, targetId)) throw noId(aggregate, creates);
  const ids: Record<string, string> = { [target]: targetId };
  if (made !== undefined && typeof body[made] === 'string') ids[made] = body[made];
  return { targetId, ids, body };
};

const noId = ({ subject, idMember, idSchema }: Aggregate, creates: boolean): Problem => {
  if ('enum' in idSchema) return new Problem('not-found', `Unknown ${subject}; ${idMember} must be one of ${idSchema.enum.join(', ')}.`);
  const detail = `must be ${idSchema.description}`;
  return creates ? invalidBody([{ pointer: `/${idMember}`, detail }]) : new Problem('invalid-path', `${idMember} ${detail}.`);
};

const instantErrors = (given: string | undefined): readonly FieldError[] =>
  given === undefined || isInstant(given)
    ? noErrors
    : [{ pointer: '/occurredAt', detail: 'must be an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z' }];
const noErrors: readonly FieldError[] = [];

const otherNamed = (body: object, { otherCustomer = '' }: OwnedCommand): string | undefined => {
  // A correction contains the body of the command that it corrects.
  const { data = body } = body as { readonly data?: object };
  const named = (data as Readonly<Record<string, unknown>>)[otherCustomer];
  return typeof named === 'string' ? named : undefined;
};

/** A stream of a customer begins with the registration. */
const otherCustomerOf = async (log: EventLog, own: string, stream: string): Promise<DecisionContext['otherCustomer']> => {
  if (stream === own) return 'same';
  for await (const batch of log.readStream(stream, { from: 0, to: 0 })) if (batch.length > 0) return 'registered';
  return 'unknown';
};

/** The last command of a stream made few events, so the stream is read backwards in short stretches. */
const STRETCH = 8;

const eventsOf = async (log: EventLog, { stream, revision }: CommandResult, commandId: string): Promise<readonly string[]> => {
  const events: DomainEvent[] = [];
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

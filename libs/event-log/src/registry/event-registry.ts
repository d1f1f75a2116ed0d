import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { logClosed } from '../copying/log-closed.js';
import { commandRemembered } from '../deciding/command-remembered.js';
import type { EventDefinition } from '../event-definition.js';
import type { DomainEvent, NewEvent, StoredEvent } from '../event-log.js';
import { installationNamed } from '../installation/installation.js';
import { keptOutsideBegun } from '../installation/kept-outside-begun.js';
import { InvalidEvent, type Problem } from '../invalid-event.js';
import { definitionProblems } from './definition-problems.js';
import { envelopeSchema } from './envelope-schema.js';

/** What a reader has to know of events. */
export interface EventCatalogue {
  /** Those given and those that a stream of any category may hold. */
  readonly definitions: readonly EventDefinition[];
  get(type: string): EventDefinition | undefined;
  /** The event with its data at the current version, or marked as not understood. */
  upcast(event: StoredEvent): DomainEvent;
}

/** Keywords of schemas that say what is personal, and why the rest is not. They check nothing. */
export const marks = ['x-personal', 'x-personal-in', 'x-plain'];

/** For whoever appends. To compile all schemas takes a quarter of a second, so each is compiled when the first event of its type comes. */
export interface EventRegistry extends EventCatalogue {
  /**
   * @throws InvalidEvent naming the type and the places that are wrong, never what stands there
   * @throws InvalidDefinitions where the schema of the type does not compile
   */
  validate(event: NewEvent): void;
}

/** The definitions contradict themselves or one another: the program must not start. */
export class InvalidDefinitions extends Error {
  override readonly name = 'InvalidDefinitions';
  constructor(readonly problems: readonly string[]) {
    super(`the event registry cannot be built:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

/** @throws InvalidDefinitions with all that is wrong, not only the first */
export function createEventRegistry(definitions: readonly EventDefinition[]): EventRegistry {
  const catalogue = createEventCatalogue(definitions);
  const ajv = once(() => {
    // To compile the schema of schemas takes longer than all of ours; a test holds ours against it.
    const compiler = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, meta: false, validateSchema: false });
    addFormats.default(compiler);
    compiler.addVocabulary(marks);
    return compiler;
  });
  const envelopeCheck = once(() => ajv().compile(envelopeSchema));
  const checks = new Map(catalogue.definitions.map((definition) => [definition.type, once(() => compiled(ajv(), definition))]));

  return {
    ...catalogue,

    validate(event) {
      const { type, schemaVersion, data } = event;
      const definition = catalogue.get(type);
      if (!definition) throw new InvalidEvent(String(type), [{ pointer: '/type', rule: 'is not in the registry' }]);
      const checkEnvelope = envelopeCheck();
      if (!checkEnvelope(event)) throw new InvalidEvent(type, toProblems('', checkEnvelope.errors));
      const { version } = definition;
      if (schemaVersion !== version) {
        throw new InvalidEvent(type, [{ pointer: '/schemaVersion', rule: `must be the current version, ${version}` }]);
      }
      const check = checks.get(type)!();
      if (!check(data)) throw new InvalidEvent(type, toProblems('/data', check.errors));
    },
  };
}

/** Without the schemas. @throws InvalidDefinitions with all that is wrong, not only the first */
export function createEventCatalogue(given: readonly EventDefinition[]): EventCatalogue {
  const definitions = [...given, commandRemembered, logClosed, keptOutsideBegun, installationNamed];
  const byType = new Map<string, EventDefinition>();
  const problems: string[] = [];
  for (const definition of definitions) {
    const own = definitionProblems(definition);
    if (byType.has(definition.type)) own.push('is defined twice');
    if (own.length === 0) byType.set(definition.type, definition);
    problems.push(...own.map((problem) => `${definition.type}: ${problem}`));
  }
  if (problems.length > 0) throw new InvalidDefinitions(problems);

  return {
    definitions,
    get: (type) => byType.get(type),

    upcast(stored) {
      const event = stored as unknown as DomainEvent;
      if (event.notUnderstood !== undefined) return event;
      const definition = byType.get(event.type);
      if (!definition) return { ...event, notUnderstood: 'unknown-type' };
      if (event.schemaVersion === definition.version) return event;
      if (event.schemaVersion > definition.version) return { ...event, notUnderstood: 'newer-version' };
      try {
        let data: unknown = event.data;
        for (let version = event.schemaVersion; version < definition.version; version++) {
          data = definition.former![version - 1]!.upcast(data as never);
        }
        return { ...event, schemaVersion: definition.version, data };
      } catch {
        // Not the data that its version has.
        return { ...event, notUnderstood: 'unreadable' };
      }
    },
  };
}

function compiled(ajv: Ajv2020, { type, schema }: EventDefinition): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new InvalidDefinitions([`${type}: its schema does not compile: ${(error as Error).message}`]);
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Ajv's own words are made from the schema, so they never hold what stands in the event. */
function toProblems(under: string, errors: readonly ErrorObject[] | null | undefined): Problem[] {
  return (errors ?? []).map(({ instancePath, message }) => ({ pointer: `${under}${instancePath}`, rule: message ?? 'is not valid' }));
}

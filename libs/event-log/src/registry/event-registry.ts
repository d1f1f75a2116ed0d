import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { EventDefinition } from '../event-definition.js';
import type { NewEvent, RecordedEvent } from '../event-log.js';
import { InvalidEvent, type Problem } from '../invalid-event.js';
import { definitionProblems } from './definition-problems.js';
import { envelopeSchema } from './envelope-schema.js';

export interface EventRegistry {
  readonly definitions: readonly EventDefinition[];
  get(type: string): EventDefinition | undefined;
  /** @throws InvalidEvent naming the type and the places that are wrong, never what stands there */
  validate(event: NewEvent): void;
  /** The event with its data at the current version; one of an unknown type, or of the current version, is answered as it is. */
  upcast(event: RecordedEvent): RecordedEvent;
}

/** The definitions contradict themselves or one another: the program must not start. */
export class InvalidDefinitions extends Error {
  override readonly name = 'InvalidDefinitions';
  constructor(readonly problems: readonly string[]) {
    super(`the event registry cannot be built:\n${problems.map((problem) => `- ${problem}`).join('\n')}`);
  }
}

interface Entry {
  readonly definition: EventDefinition;
  readonly check: ValidateFunction;
}

/** @throws InvalidDefinitions with all that is wrong, not only the first */
export function createEventRegistry(definitions: readonly EventDefinition[]): EventRegistry {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const checkEnvelope = ajv.compile(envelopeSchema);
  const entries = new Map<string, Entry>();
  const problems: string[] = [];

  for (const definition of definitions) {
    const own = definitionProblems(definition);
    if (entries.has(definition.type)) own.push('is defined twice');
    const check = own.length === 0 ? compiled(ajv, definition, own) : undefined;
    if (check) entries.set(definition.type, { definition, check });
    problems.push(...own.map((problem) => `${definition.type}: ${problem}`));
  }
  if (problems.length > 0) throw new InvalidDefinitions(problems);

  return {
    definitions: [...definitions],
    get: (type) => entries.get(type)?.definition,

    validate(event) {
      const { type, schemaVersion, data } = event;
      const entry = entries.get(type);
      if (!entry) throw new InvalidEvent(String(type), [{ pointer: '/type', rule: 'is not in the registry' }]);
      if (!checkEnvelope(event)) throw new InvalidEvent(type, toProblems('', checkEnvelope.errors));
      const { version } = entry.definition;
      if (schemaVersion !== version) {
        throw new InvalidEvent(type, [{ pointer: '/schemaVersion', rule: `must be the current version, ${version}` }]);
      }
      if (!entry.check(data)) throw new InvalidEvent(type, toProblems('/data', entry.check.errors));
    },

    upcast(event) {
      const definition = entries.get(event.type)?.definition;
      if (!definition || event.schemaVersion >= definition.version) return event;
      let data: unknown = event.data;
      for (let version = event.schemaVersion; version < definition.version; version++) {
        data = definition.upcasters![version]!(data as never);
      }
      return { ...event, schemaVersion: definition.version, data };
    },
  };
}

function compiled(ajv: Ajv2020, { schema }: EventDefinition, problems: string[]): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch (error) {
    problems.push(`its schema does not compile: ${(error as Error).message}`);
    return undefined;
  }
}

/** Ajv's own words are made from the schema, so they never hold what stands in the event. */
function toProblems(under: string, errors: readonly ErrorObject[] | null | undefined): Problem[] {
  return (errors ?? []).map(({ instancePath, message }) => ({ pointer: `${under}${instancePath}`, rule: message ?? 'is not valid' }));
}

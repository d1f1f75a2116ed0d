import type { Source } from '#event-log';
import { type CommandRequest, type FieldError, invalidBody, isObject } from '#platform';
import { commandByName, openAggregates } from '#relationship';

export type BulkItem = Pick<
  CommandRequest,
  'name' | 'targetId' | 'body' | 'occurredAt' | 'idempotencyKey' | 'source' | 'remember' | 'append' | 'formerly'
>;

const members: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  name: (value) => (typeof value === 'string' ? undefined : 'must be the name of a command'),
  ...Object.fromEntries(openAggregates.map(({ idMember }) => [idMember, textOrAbsent])),
  body: (value) => (isObject(value) ? undefined : 'must be an object'),
  occurredAt: textOrAbsent,
  idempotencyKey: (value) =>
    value === undefined || (typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value))
      ? undefined
      : 'must be 1 to 200 visible ASCII characters',
  source: sourceOrAbsent,
  formerly: sourceOrAbsent,
  remember: flagOrAbsent,
  append: flagOrAbsent,
};

function flagOrAbsent(value: unknown): string | undefined {
  return value === undefined || typeof value === 'boolean' ? undefined : 'must be true or false';
}

function textOrAbsent(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? undefined : 'must be a string';
}

function sourceOrAbsent(value: unknown): string | undefined {
  return value === undefined || isSource(value) ? undefined : 'must be an object with the strings system and id';
}

const isSource = (value: unknown): value is Source =>
  isObject(value) && Object.keys(value).length === 2 && isText(value.system) && isText(value.id);
const isText = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 1_000;

/** @throws Problem `invalid-body` with everything that is wrong with the envelope */
export const readBulkItem = (given: unknown): BulkItem => {
  if (!isObject(given)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const errors: FieldError[] = Object.keys(given)
    .filter((member) => !Object.hasOwn(members, member))
    .map((member) => ({ pointer: `/${member}`, detail: 'unknown property' }));
  for (const [member, check] of Object.entries(members)) {
    const detail = check(given[member]);
    if (detail !== undefined) errors.push({ pointer: `/${member}`, detail });
  }
  if (errors.length > 0) throw invalidBody(errors);
  const { name, body, occurredAt, idempotencyKey, source, remember, append, formerly, ...targets } = given as unknown as BulkItem & Targets;
  return { name, targetId: targetOf(name, targets), body, occurredAt, idempotencyKey, source, remember, append, formerly };
};

/** By the member that names the aggregate. */
type Targets = Readonly<Record<string, string | undefined>>;

/** Only the one that the command is about: what stands under another name would be done to somebody else. */
function targetOf(name: string, targets: Targets): string | undefined {
  const definition = commandByName(name);
  if (definition === undefined) return undefined;
  const wanted = definition.aggregate.idMember;
  const errors = Object.keys(targets)
    .filter((member) => member !== wanted)
    .map((member) => ({ pointer: `/${member}`, detail: `the target of ${name} belongs in ${wanted}` }));
  if (targets[wanted] === undefined && definition.generatedId !== wanted) errors.push({ pointer: `/${wanted}`, detail: 'is required' });
  if (errors.length > 0) throw invalidBody(errors);
  return targets[wanted];
}

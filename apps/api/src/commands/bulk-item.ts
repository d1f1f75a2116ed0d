import type { Source } from '#event-log';
import { type CommandRequest, type FieldError, invalidBody, isObject } from '#platform';

export type BulkItem = Pick<CommandRequest, 'name' | 'targetId' | 'body' | 'occurredAt' | 'idempotencyKey' | 'source'>;

const members: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  name: (value) => (typeof value === 'string' ? undefined : 'must be the name of a command'),
  customerId: textOrAbsent,
  curatorId: textOrAbsent,
  policyName: textOrAbsent,
  body: (value) => (isObject(value) ? undefined : 'must be an object'),
  occurredAt: textOrAbsent,
  idempotencyKey: (value) =>
    value === undefined || (typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value))
      ? undefined
      : 'must be 1 to 200 visible ASCII characters',
  source: (value) => (value === undefined || isSource(value) ? undefined : 'must be an object of the texts system and id'),
};

function textOrAbsent(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? undefined : 'must be a text';
}

const isSource = (value: unknown): value is Source =>
  isObject(value) && Object.keys(value).length === 2 && isText(value.system) && isText(value.id);
const isText = (value: unknown): boolean => typeof value === 'string' && value.length >= 1 && value.length <= 1_000;

/** @throws Problem `invalid-body` with everything that is wrong with the envelope */
export const readBulkItem = (given: unknown): BulkItem => {
  if (!isObject(given)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  const errors: FieldError[] = Object.keys(given)
    .filter((member) => !Object.hasOwn(members, member))
    .map((member) => ({ pointer: `/${member}`, detail: 'there is no such member here' }));
  for (const [member, check] of Object.entries(members)) {
    const detail = check(given[member]);
    if (detail !== undefined) errors.push({ pointer: `/${member}`, detail });
  }
  if (errors.length > 0) throw invalidBody(errors);
  const { name, customerId, curatorId, policyName, body, occurredAt, idempotencyKey, source } = given as unknown as BulkItem &
    Readonly<Record<'customerId' | 'curatorId' | 'policyName', string | undefined>>;
  return { name, targetId: customerId ?? curatorId ?? policyName, body, occurredAt, idempotencyKey, source };
};

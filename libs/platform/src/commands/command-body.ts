import 'reflect-metadata';
import type { ValidationError } from 'class-validator';
import { getMetadataStorage } from 'class-validator/cjs/metadata/MetadataStorage.js';
import { Validator } from 'class-validator/cjs/validation/Validator.js';
import { instanceOf, sizeFaults, unknownMembers } from '#relationship/kernel/shape.js';
import { type FieldError, Problem } from '../problems/problem.js';

/**
 * The instance that a decider gets. Members that the shape does not have are rejected, not dropped.
 * @param others what is wrong beside the body, to be told with it
 * @param pointer where the body stands in what was sent
 * @throws Problem `invalid-body` with everything that is wrong at once
 */
export const readCommandBody = <Body extends object>(
  shape: new () => Body,
  body: Readonly<Record<string, unknown>>,
  others: readonly FieldError[] = [],
  pointer = '',
): Body => {
  rejectOversized(shape, body);
  const instance = instanceOf(shape, body);
  const found = validator.validateSync(instance, options);
  const errors = [...unknownMembers(shape, body, pointer).map(noSuchMember), ...found.flatMap((error) => fieldErrors(error, pointer))];
  if (errors.length > 0 || others.length > 0) throw invalidBody([...errors, ...others]);
  return instance;
};

/**
 * For each object that it checks class-validator looks through the rules of all classes for those of this one, which takes as long as the
 * check. All rules are declared when the first body comes.
 */
const rules = getMetadataStorage();
const { getTargetValidationMetadatas: rulesOf, groupByPropertyName: byMember } = rules;
rules.getTargetValidationMetadatas = memoized(rulesOf.bind(rules));
rules.groupByPropertyName = memoized(byMember.bind(rules));

/** By the first argument. */
function memoized<Key extends object, Others extends unknown[], Result>(compute: (key: Key, ...others: Others) => Result) {
  const known = new WeakMap<Key, Result>();
  return (key: Key, ...others: Others): Result => {
    const result = known.get(key) ?? compute(key, ...others);
    known.set(key, result);
    return result;
  };
}

const pointerTo = (member: string): string => `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
const noSuchMember = (pointer: string): FieldError => ({ pointer, detail: 'unknown property' });

/**
 * Asked before anything looks at every member: what that costs grows with their number, and everybody waits meanwhile.
 * @throws Problem `invalid-body` naming what is too many, and how many are allowed
 */
export const rejectOversized = (shape: new () => object, body: unknown): void => {
  const faults = sizeFaults(shape, body);
  if (faults.length > 0) throw new Problem('invalid-body', 'The body is too deep or has too many values.', { errors: faults });
};

const validator = new Validator();
const options = {
  // A class without members may well be the body of a command, and class-validator knows none of its rules.
  forbidUnknownValues: false,
  skipMissingProperties: false,
  validationError: { target: false, value: false },
} as const;

export const invalidBody = (errors: readonly FieldError[]): Problem =>
  new Problem('invalid-body', `${errors.length === 1 ? 'One property is' : `${errors.length} properties are`} invalid.`, { errors });

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fieldErrors = (error: ValidationError, parent: string): FieldError[] => {
  const pointer = parent + pointerTo(error.property);
  const own = Object.values(error.constraints ?? {}).map((message) => sentence(message, error.property));
  return [
    ...(own.length > 0 ? [{ pointer, detail: withoutBeginnings([...new Set(own)]).join('; ') }] : []),
    ...(error.children ?? []).flatMap((child) => fieldErrors(child, pointer)),
  ];
};

/** "must be a string" says nothing beside "must be a string of 1 to 100 characters". */
const withoutBeginnings = (sentences: readonly string[]): readonly string[] =>
  sentences.filter((each) => !sentences.some((other) => other !== each && other.startsWith(each)));

/** The pointer names the member already. */
const sentence = (message: string, property: string): string =>
  message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;

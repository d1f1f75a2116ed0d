import 'reflect-metadata';
import { Type } from 'class-transformer';
import { ArrayMaxSize } from 'class-validator/cjs/decorator/array/ArrayMaxSize.js';
import { IsIn } from 'class-validator/cjs/decorator/common/IsIn.js';
import { IsNotIn } from 'class-validator/cjs/decorator/common/IsNotIn.js';
import { IsOptional } from 'class-validator/cjs/decorator/common/IsOptional.js';
import { ValidateBy } from 'class-validator/cjs/decorator/common/ValidateBy.js';
import { ValidateNested } from 'class-validator/cjs/decorator/common/ValidateNested.js';
import { Max } from 'class-validator/cjs/decorator/number/Max.js';
import { Min } from 'class-validator/cjs/decorator/number/Min.js';
import { isISO4217CurrencyCode } from 'class-validator/cjs/decorator/string/is-iso4217-currency-code.js';
import { IsArray } from 'class-validator/cjs/decorator/typechecker/IsArray.js';
import { IsBoolean } from 'class-validator/cjs/decorator/typechecker/IsBoolean.js';
import { IsInt } from 'class-validator/cjs/decorator/typechecker/IsInt.js';
import { IsNumber } from 'class-validator/cjs/decorator/typechecker/IsNumber.js';
import { IsString } from 'class-validator/cjs/decorator/typechecker/IsString.js';
import { BIRTH_DATE } from './calendar.js';
import { LARGEST_AMOUNT } from './money.js';
import { declareMember, MOST_ENTRIES } from './shape.js';
import { isInstant } from './time.js';
import { isZone, ZONE } from './zones.js';

/**
 * The few decorators that the bodies of commands are written with. Each gives the same bounds as the event schemas
 * (`kernel/event.ts`), and keeps the constraint names of class-validator wherever one exists, so that JSON Schema can be made from them.
 */

/** `type`: in words of a reader of the command. */
const all =
  (type: string, ...decorators: readonly PropertyDecorator[]): PropertyDecorator =>
  (target, property) => {
    declareMember({ type })(target, property);
    for (const decorator of decorators) decorator(target, property);
  };

const mustBe = (what: string) => ({ message: (args: { readonly property: string }) => `${args.property} must be ${what}` });

/** A rule of ours, which JSON Schema gets to know by the name of its constraint and the constraints. */
const rule = (name: string, constraints: unknown[], validate: (value: unknown) => boolean, options?: Parameters<typeof ValidateBy>[1]) =>
  ValidateBy({ name, constraints, validator: { validate } }, options);

/** JSON Schema counts code points and so does this; class-validator's own rule leaves out variation selectors. */
const length = (least: number, most: number): PropertyDecorator =>
  rule(
    'isLength',
    [least, most],
    (value) => isText(value) && [...value].length >= least && [...value].length <= most,
    mustBe(`a string of ${least} to ${most} characters`),
  );

export const Optional = (): PropertyDecorator => (target, property) => {
  declareMember({ optional: true })(target, property);
  IsOptional()(target, property);
};
/** Without `.` and `..`, which clients take out of the path that an id stands in. */
export const Id = (): PropertyDecorator =>
  all(
    'id',
    IsString(mustBe('an id: a string of 1 to 128 characters')),
    length(1, 128),
    IsNotIn(['.', '..'], mustBe('an id other than . and ..')),
  );
export const Text = (most = 4000): PropertyDecorator =>
  all(`string of at most ${most} characters`, IsString(mustBe('a string')), length(0, most));
export const Word = (): PropertyDecorator => all('string of 1 to 100 characters', IsString(mustBe('a string')), length(1, 100));
export const Flag = (): PropertyDecorator => all('true or false', IsBoolean(mustBe('true or false')));
export const OneOf = (values: readonly string[]): PropertyDecorator =>
  all(values.join(' | '), IsIn([...values], mustBe(`one of ${values.join(', ')}`)));
export const Whole = (least: number, most: number): PropertyDecorator =>
  all('whole number', IsInt(mustBe('a whole number')), Min(least, mustBe(`at least ${least}`)), Max(most, mustBe(`at most ${most}`)));
export const Amount = (least: number, most = Number.MAX_SAFE_INTEGER): PropertyDecorator =>
  all(
    'number',
    IsNumber({ allowInfinity: false, allowNaN: false }, mustBe('a number')),
    Min(least, mustBe(`at least ${least}`)),
    Max(most, mustBe(`at most ${most}`)),
  );
export const Quantity = (): PropertyDecorator =>
  all(
    'number above 0',
    IsNumber({ allowInfinity: false, allowNaN: false }, mustBe('a number')),
    rule('isPositive', [], (value) => typeof value === 'number' && value > 0, mustBe('more than 0')),
    Max(Number.MAX_SAFE_INTEGER, mustBe('a smaller number')),
  );
const currency = /^[A-Z]{3}$/;
/** Constraint name `matches`, as JSON Schema can say no more of it than its form. */
export const Currency = (): PropertyDecorator =>
  all(
    'ISO 4217 code',
    rule(
      'matches',
      [currency],
      (value) => isText(value) && currency.test(value) && isISO4217CurrencyCode(value),
      mustBe('an ISO 4217 code of three capital letters, such as EUR'),
    ),
  );

const zone = new RegExp(ZONE);
/** Constraint name `matches`, as for a currency. */
export const Zone = (): PropertyDecorator =>
  all('IANA time zone', rule('matches', [zone], isZone, mustBe('an IANA time zone such as Europe/Berlin')));

/** ISO 8601 with a zone; the day must exist. Constraint name `isInstant`. */
export const Instant = (): PropertyDecorator =>
  all(
    'instant in ISO 8601',
    rule('isInstant', [], isInstant, mustBe('an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z')),
  );

/**
 * A calendar date, or one without its year. The form is for clients to know (constraint name `isBirthDate`); the decider rejects what is none,
 * so that a command which was accepted before it was checked, and is sent again, gets its first answer.
 */
export const BirthDate = (): PropertyDecorator =>
  all(
    'calendar date, with or without its year',
    IsString(mustBe('a string')),
    length(1, 100),
    rule('isBirthDate', [BIRTH_DATE], () => true),
  );

/** A text that says something. */
export const SomeText =
  (most: number): PropertyDecorator =>
  (target, property) => {
    Matching('\\S', 'a string that is not blank')(target, property);
    Text(most)(target, property);
  };

/** A text of one form, which `what` says in words. Constraint name `matches`. */
export const Matching = (pattern: string, what: string): PropertyDecorator => {
  const form = new RegExp(pattern);
  return all(
    what,
    rule('matches', [form], (value) => isText(value) && form.test(value), mustBe(what)),
  );
};

/** `__proto__` stands for something else in JavaScript, wherever a reader of events writes by name. */
const key = /^(?!__proto__$)[A-Za-z0-9_.-]{1,60}$/;
/** A flat object of texts. Constraint name `isLabels`, its constraints the longest text, the form of a name and how many there may be. */
export const Labels = (most: number): PropertyDecorator =>
  all(
    `object of strings of at most ${most} characters`,
    declareMember({ most: MOST_ENTRIES }),
    rule(
      'isLabels',
      [most, key, MOST_ENTRIES],
      (value) =>
        isObject(value) && Object.entries(value).every(([name, text]) => key.test(name) && isText(text) && [...text].length <= most),
      mustBe(`an object of strings of at most ${most} characters; names consist of letters, digits, _ . - and are not __proto__`),
    ),
  );

/** An object without a shape of its own here; whoever decides on it checks it. Constraint name `isObject`. */
export const AnyObject = (): PropertyDecorator => all('object', rule('isObject', [], isObject, mustBe('an object')));

export const Nested = (shape: () => new () => object): PropertyDecorator =>
  all('object', rule('isObject', [], isObject, mustBe('an object')), ValidateNested(), Type(shape), declareMember({ shape }));
export const ListOf = (shape: () => new () => object, most: number): PropertyDecorator =>
  all(
    `list of at most ${most}`,
    IsArray(mustBe('a list')),
    ArrayMaxSize(most, mustBe(`a list of at most ${most}`)),
    ValidateNested({ each: true, ...mustBe('a list of objects') }),
    Type(shape),
    declareMember({ shape, most }),
  );
export const Texts = (most: number, mostLength: number): PropertyDecorator =>
  all(
    `list of at most ${most} strings`,
    declareMember({ most }),
    IsArray(mustBe('a list')),
    ArrayMaxSize(most, mustBe(`a list of at most ${most}`)),
    rule('maxLength', [mostLength], (value) => isText(value) && [...value].length <= mostLength, {
      each: true,
      message: (args: { readonly property: string }) => `${args.property} must contain strings of at most ${mostLength} characters`,
    }),
  );

const isText = (value: unknown): value is string => typeof value === 'string';
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Integer minor units and an ISO 4217 code. Whether a negative amount makes sense is for the decider to say. */
export class MoneyBody {
  @Whole(-LARGEST_AMOUNT, LARGEST_AMOUNT) minor!: number;
  @Currency() currency!: string;
}

export class AcquisitionMethodBody {
  @Word() source!: string;
  @Optional() @Word() medium?: string;
  @Optional() @Word() campaign?: string;
  @Optional() @Text(500) referrer?: string;
}

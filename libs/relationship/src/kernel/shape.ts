/**
 * What the decorators of `body.ts` say of the structure of a body: which members have a shape of their own, and how many values a list or
 * an open object may hold. Kept beside class-validator's rules because it is asked before they run: they look at every value.
 */
export interface MemberShape {
  /** Items of a list, or members of an open object. */
  readonly most?: number;
  /** Of the member, or of each item. */
  readonly shape?: () => Shape;
  readonly optional?: true;
  /** In words. */
  readonly type?: string;
}
export type Shape<Body extends object = object> = new () => Body;

const declared = new WeakMap<object, Map<string, MemberShape>>();

export const declareMember =
  (member: MemberShape): PropertyDecorator =>
  (prototype, name) => {
    const members = declared.get(prototype) ?? new Map<string, MemberShape>();
    declared.set(prototype, members.set(String(name), { ...members.get(String(name)), ...member }));
  };

/** By name, in the order in which they are declared, inherited ones first. */
export const membersOf = (shape: Shape): ReadonlyMap<string, MemberShape> => {
  const own: (readonly (readonly [string, MemberShape])[])[] = [];
  for (let at = shape.prototype; at !== null; at = Object.getPrototypeOf(at)) own.unshift([...(declared.get(at) ?? [])]);
  return new Map(own.flat());
};

const memberOf = (shape: Shape, name: string): MemberShape | undefined => {
  for (let at = shape.prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const member = declared.get(at)?.get(name);
    if (member !== undefined) return member;
  }
  return undefined;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * JSON pointers to the members of a body that its shape does not have, at any depth. class-validator would take what every object inherits,
 * such as `hasOwnProperty`, for declared.
 */
export const unknownMembers = (shape: Shape, body: object, pointer = ''): readonly string[] =>
  Object.keys(body).flatMap((name) => {
    const member = memberOf(shape, name);
    if (member !== undefined && member.shape === undefined) return none;
    const at = `${pointer}/${escaped(name)}`;
    if (member?.shape === undefined) return at;
    const nested = member.shape();
    const value = (body as Readonly<Record<string, unknown>>)[name];
    if (Array.isArray(value)) {
      return value.flatMap((item, index) => (isObject(item) ? unknownMembers(nested, item, `${at}/${index}`) : none));
    }
    return isObject(value) ? unknownMembers(nested, value, at) : none;
  });
const none: readonly string[] = [];

/** The instance that class-validator checks, without `unknownMembers`, in time that grows with the number of members. */
export const instanceOf = <Body extends object>(shape: Shape<Body>, body: object): Body => {
  const instance = new shape();
  for (const [name, value] of Object.entries(body)) {
    const member = memberOf(shape, name);
    if (member === undefined) continue;
    const nested = member.shape?.();
    (instance as Record<string, unknown>)[name] = nested === undefined ? value : shaped(nested, value);
  }
  return instance;
};

const shaped = (shape: Shape, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => shaped(shape, item));
  return isObject(value) ? instanceOf(shape, value) : value;
};

/** What is too many, and how many are allowed. */
export interface SizeFault {
  /** JSON pointer. */
  readonly pointer: string;
  readonly detail: string;
}

/** Of an object with a shape: more than any shape has. */
const MOST_MEMBERS = 64;
/** Of any other object or list, where nothing narrower is declared. */
export const MOST_ENTRIES = 5_000;
/** Of everything in a body together. */
const MOST_VALUES = 10_000;
const DEEPEST = 32;
/** One is enough to reject the body; the others of a kind say nothing new. */
const MOST_FAULTS = 10;

/** Everything of a body that is larger than may be looked into; none where it may be checked member by member. */
export const sizeFaults = (shape: Shape, body: unknown): readonly SizeFault[] => {
  const faults: SizeFault[] = [];
  let left = MOST_VALUES;

  /** Whether to look into what is there. */
  const admit = (pointer: string, count: number, most: number, what: string): boolean => {
    left -= count;
    if (count > most) faults.push({ pointer, detail: `has ${count} ${what}; at most ${most} are allowed` });
    return count <= most;
  };
  const look = (value: object, pointer: string, depth: number, of: Shape | undefined, most: number | undefined): void => {
    if (left < 0 || faults.length === MOST_FAULTS) return;
    if (depth > DEEPEST) return void faults.push({ pointer, detail: `is nested deeper than ${DEEPEST} levels` });
    if (Array.isArray(value)) {
      if (!admit(pointer, value.length, most ?? MOST_ENTRIES, 'items')) return;
      for (const [index, item] of value.entries()) if (isHolder(item)) look(item, `${pointer}/${index}`, depth + 1, of, undefined);
      return;
    }
    const names = Object.keys(value);
    if (!admit(pointer, names.length, of ? MOST_MEMBERS : (most ?? MOST_ENTRIES), 'members')) return;
    for (const name of names) {
      const held = (value as Record<string, unknown>)[name];
      if (!isHolder(held)) continue;
      const member = of && memberOf(of, name);
      look(held, `${pointer}/${escaped(name)}`, depth + 1, member?.shape?.(), member?.most);
    }
  };

  if (isHolder(body)) look(body, '', 0, shape, undefined);
  if (left < 0 && faults.length === 0)
    faults.push({ pointer: '', detail: `contains more than ${MOST_VALUES} values in total; send fewer in one request` });
  return faults;
};

const isHolder = (value: unknown): value is object => typeof value === 'object' && value !== null;

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

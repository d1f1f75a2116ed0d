/**
 * The data of an event from members of a body: plain objects and lists, without the members that are undefined or null and without
 * the class of the body. An absent member and one that says nothing are the same event, so they must be the same bytes.
 */
export const plain = <Data extends object>(data: Data): Data => copy(data) as Data;

const copy = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const result: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const member = (value as Readonly<Record<string, unknown>>)[name];
    if (member === undefined || member === null) continue;
    // A member named __proto__ would be lost, and would change the object, if it were assigned.
    if (name === '__proto__')
      Object.defineProperty(result, name, { value: copy(member), enumerable: true, writable: true, configurable: true });
    else result[name] = copy(member);
  }
  return result;
};

/** Whether two values are the same JSON, in whatever order their members stand. */
export const sameJson = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const [members, others] = [Object.entries(one), Object.entries(other)];
  return (
    Array.isArray(one) === Array.isArray(other) &&
    members.length === others.length &&
    members.every(([name, value]) => Object.hasOwn(other, name) && sameJson(value, (other as Record<string, unknown>)[name]))
  );
};

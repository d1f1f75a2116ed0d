import { Problem } from '#platform';

/** @throws Problem `invalid-query` when the parameter was left out */
export const needed = <Value>(name: string, value: Value | undefined): Value => {
  if (value === undefined) throw new Problem('invalid-query', undefined, { errors: [{ pointer: name, detail: 'is wanted' }] });
  return value;
};

import { type FieldError, Problem } from '#platform';
import type { Parameter, RequiredParameter } from './parameters.js';

export type Parameters = Readonly<Record<string, Parameter<unknown>>>;
type ValueOf<Of> = Of extends Parameter<infer Value> ? Value : never;
type RequiredOf<Of extends Parameters> = { [Name in keyof Of]: Of[Name] extends RequiredParameter<unknown> ? Name : never }[keyof Of];
export type Values<Of extends Parameters> = { readonly [Name in RequiredOf<Of>]: ValueOf<Of[Name]> } & {
  readonly [Name in Exclude<keyof Of, RequiredOf<Of>>]?: ValueOf<Of[Name]>;
};

/**
 * Reads what stands behind the question mark. `rejected`: what others take and this one does not, and why.
 * @throws Problem `invalid-query` naming every parameter that is unknown, missing, given twice or wrong
 */
export const readQuery = <const Of extends Parameters>(
  query: unknown,
  parameters: Of,
  rejected: Readonly<Record<string, string>> = {},
): Values<Of> => {
  const errors: FieldError[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(query as Readonly<Record<string, unknown>>)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (parameter === undefined && Object.hasOwn(rejected, name)) {
      errors.push({ pointer: name, detail: `is not supported here: ${rejected[name]}` });
    } else if (parameter === undefined) {
      const known = Object.keys(parameters);
      errors.push({
        pointer: name,
        detail: known.length === 0 ? 'this operation has no parameters' : `is unknown; allowed are ${known.join(', ')}`,
      });
    } else if (typeof given !== 'string') {
      errors.push({ pointer: name, detail: 'is sent more than once' });
    } else {
      const result = parameter.read(given);
      if ('wrong' in result) errors.push({ pointer: name, detail: result.wrong });
      else values[name] = result.value;
    }
  }
  if (errors.length === 0)
    for (const name in parameters) if (parameters[name]?.required && !Object.hasOwn(values, name)) errors.push(isRequired(name));
  if (errors.length > 0) throw new Problem('invalid-query', undefined, { errors });
  return values as Values<Of>;
};

export const isRequired = (name: string): FieldError => ({ pointer: name, detail: 'is required' });

export const rejectUnknownQuery = (query: unknown): void => {
  for (const _ in query as object) readQuery(query, {});
};

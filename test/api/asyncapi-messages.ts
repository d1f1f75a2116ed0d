import { Ajv, type Options, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

// biome-ignore lint/suspicious/noExplicitAny: an AsyncAPI document, or a part of one
export type AsyncApi = any;

/** A record as it goes to Kafka. */
export interface Sent {
  readonly key: string | null;
  readonly headers: object;
  readonly value: string | null;
}

export const validator = (options: Options = {}) => addFormats.default(new Ajv({ strict: false, allErrors: true, ...options }));

/** Answers what is wrong with a record, by the message of that name. */
export const messageChecker = (document: AsyncApi) => {
  const ajv = validator().addSchema(document, 'document');
  const compiled = new Map<string, ValidateFunction>();
  const check = (pointer: string, value: unknown): readonly string[] => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `document#/components/messages/${pointer}` });
    compiled.set(pointer, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${pointer} ${instancePath} ${message}`);
  };
  return (name: string, { key, headers, value }: Sent): readonly string[] => [
    ...check(`${name}/payload`, value === null ? null : JSON.parse(value)),
    ...check(`${name}/headers`, headers),
    ...check(`${name}/bindings/kafka/key`, key),
  ];
};

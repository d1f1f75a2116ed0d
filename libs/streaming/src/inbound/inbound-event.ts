import { isUtf8 } from 'node:buffer';
import type { KafkaMessage } from 'kafkajs';
import { isInstant } from '#relationship';
import { InvalidMessage } from '../errors.js';

/** A batch that was compressed as the client cannot read it. */
export interface UnreadableBatch {
  readonly compression: string;
  readonly firstOffset: string;
  readonly lastOffset: string;
}

export type InboundMessage = Pick<KafkaMessage, 'key' | 'value' | 'headers' | 'offset'> & {
  /** Stands for all messages of a batch. */
  readonly unreadable?: UnreadableBatch;
};

/** A CloudEvent 1.0 (Kafka protocol binding, binary or structured mode), as far as it concerns us. */
export interface InboundEvent {
  /** `source` and `id` together name the event: whatever has the same pair is the same event once more. */
  readonly source: string;
  readonly id: string;
  /** Name of the command. */
  readonly type: string;
  /** When it happened; ISO 8601 with a zone. */
  readonly time?: string;
  readonly data: unknown;
}

/** Reads the bytes of a JSON text; undefined for none. Throws what it cannot read. */
type ParseJson = (bytes: Buffer) => unknown;

/**
 * @throws InvalidMessage with everything that is wrong with the attributes at once
 * @throws whatever `parseJson` throws
 */
export const readInboundEvent = ({ value, headers = {} }: InboundMessage, parseJson: ParseJson): InboundEvent => {
  const bytes = value ?? Buffer.alloc(0);
  const mediaType = headerOf(headers, 'content-type');
  const kind = typeof mediaType === 'string' ? mediaType.split(';')[0]!.trim().toLowerCase() : mediaType;
  if (kind === 'application/cloudevents+json') return structured(parseJson(bytes));
  const attributes = attributesOf(
    (name) => headerOf(headers, `ce_${name}`),
    (name) => `ce_${name}`,
    kind === undefined || (typeof kind === 'string' && isJson(kind))
      ? []
      : [{ pointer: 'content-type', detail: 'must be application/json, or application/cloudevents+json for an event in structured mode' }],
  );
  return { ...attributes, data: parseJson(bytes) };
};

const structured = (event: unknown): InboundEvent => {
  if (typeof event !== 'object' || event === null || Array.isArray(event))
    throw new InvalidMessage([{ pointer: '', detail: 'must be an object: one CloudEvent in JSON' }]);
  const members = event as Readonly<Record<string, unknown>>;
  const { data_base64: binary, datacontenttype: dataType, data } = members;
  const attributes = attributesOf(
    (name) => members[name] ?? undefined,
    (name) => `/${name}`,
    [
      ...(binary !== undefined ? [{ pointer: '/data_base64', detail: 'is for binary data; send JSON in data' }] : []),
      ...(dataType === undefined || dataType === null || (typeof dataType === 'string' && isJson(dataType.toLowerCase()))
        ? []
        : [{ pointer: '/datacontenttype', detail: 'must be application/json' }]),
    ],
  );
  return { ...attributes, data };
};

type Attributes = Omit<InboundEvent, 'data'>;
type Rule = { readonly holds: (value: string) => boolean; readonly wanted: string };

/** The bounds are those of the log's envelope, with room for what the actor's id puts before the source. */
const required: Readonly<Record<'specversion' | 'id' | 'source' | 'type', Rule>> = {
  specversion: { holds: (value) => value === '1.0', wanted: '1.0' },
  id: {
    holds: (value) => /^[^\p{Cc}\p{Cs}]{1,256}$/u.test(value),
    wanted: 'a string of 1 to 256 characters without control characters',
  },
  source: { holds: (value) => /^[\x21-\x7e]{1,200}$/.test(value), wanted: 'a URI reference of 1 to 200 visible ASCII characters' },
  type: { holds: (value) => value !== '', wanted: 'the name of a command, such as record-contact' },
};
const time: Rule = { holds: isInstant, wanted: 'an existing instant in ISO 8601 with a zone, such as 2026-11-22T21:14:47Z' };

const attributesOf = (
  attribute: (name: string) => unknown,
  pointerOf: (name: string) => string,
  others: InvalidMessage['errors'],
): Attributes => {
  const errors = [...others];
  const read = (name: string, { holds, wanted }: Rule): string => {
    const value = attribute(name);
    const held = typeof value === 'string' && holds(value);
    if (!held) errors.push({ pointer: pointerOf(name), detail: `${value === undefined ? 'is missing: it' : ''} must be ${wanted}`.trim() });
    return held ? value : '';
  };
  read('specversion', required.specversion);
  const attributes: Attributes = {
    id: read('id', required.id),
    source: read('source', required.source),
    type: read('type', required.type),
    ...(attribute('time') !== undefined && { time: read('time', time) }),
  };
  if (errors.length > 0) throw new InvalidMessage(errors);
  return attributes;
};

/** `application/json`, with parameters or without, and whatever is JSON beneath. */
const isJson = (mediaType: string): boolean => /^[^;]*[/+]json\s*(;|$)/.test(mediaType);

/** Undefined where there is none; null where it is given twice or is no UTF-8. */
const headerOf = (headers: NonNullable<InboundMessage['headers']>, name: string): string | null | undefined => {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (value === undefined || typeof value === 'string') return value;
  return Buffer.isBuffer(value) && isUtf8(value) ? value.toString() : null;
};

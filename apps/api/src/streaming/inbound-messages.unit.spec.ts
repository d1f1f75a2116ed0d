import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { readCommandBody } from '#platform';
import { commandByName } from '#relationship';
import { shapes } from '../openapi/body-schemas.js';
import { exampleOf } from '../openapi/example.js';
import { inboundCommand } from './inbound-command.js';
import { inboundMessages } from './inbound-messages.js';

const bodies = shapes();
const messages = inboundMessages(bodies);
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const validatorOf = (schema: object) => ajv.compile({ ...schema, components: { schemas: bodies } });

const commandFrom = (type: string, data: unknown) => {
  const headers = { ce_specversion: '1.0', ce_id: '7', ce_source: '/spec', ce_type: type };
  return inboundCommand({ key: null, offset: '0', headers, value: Buffer.from(JSON.stringify(data)) }, 1_000_000);
};

describe('the types of messages that may be sent', () => {
  it('are the commands about contacts and promises', () => {
    expect(messages.map(({ type }) => type).sort()).toEqual([
      ...['break-promise', 'cancel-contact', 'complete-contact', 'keep-promise', 'make-promise', 'miss-contact'],
      ...['plan-contact', 'record-contact', 'reschedule-contact'],
    ]);
  });

  it.each(messages.map((message) => [message.type, message] as const))('tell what %s wants: an example is taken', (type, { schema }) => {
    const example = exampleOf(schema, bodies) as Readonly<Record<string, unknown>>;
    const check = validatorOf(schema);
    expect({ valid: check(example), errors: check.errors }).toEqual({ valid: true, errors: null });
    const command = commandFrom(type, example);
    expect([command.name, command.targetId]).toEqual([type, example.customerId]);
    const definition = commandByName(type)!;
    const made = definition.generatedId === undefined ? {} : { [definition.generatedId]: 'made' };
    expect(() => readCommandBody(definition.body, { ...made, ...(command.body as object) })).not.toThrow();
    for (const missing of schema.required ?? []) {
      const { [missing]: _, ...rest } = example;
      expect([missing, check(rest)]).toEqual([missing, false]);
    }
  });
});

describe('the command that a message asks for', () => {
  const data = { customerId: 'c-1', channel: 'phone' };
  it('has the event’s source and id for its idempotency key and its source, and the integration for its actor', () => {
    expect(commandFrom('record-contact', data)).toEqual({
      name: 'record-contact',
      targetId: 'c-1',
      body: { channel: 'phone' },
      occurredAt: undefined,
      keyScope: 'inbound:/spec',
      idempotencyKey: '7',
      source: { system: '/spec', id: '7' },
      actor: { kind: 'service', id: 'integration:/spec' },
    });
  });
});

import { inboundCommands } from '#streaming';
import { requestSchema, type Schema } from '../openapi/body-schemas.js';

export interface InboundMessageType {
  /** `ce_type`: the name of the command. */
  readonly type: string;
  readonly summary: string;
  /** JSON Schema of the data; refers to `#/components/schemas/…`. */
  readonly schema: Schema;
}

/**
 * What may be sent to the topic of contacts: the bodies as over HTTP, with the ids that stand in the path there.
 * @param bodies every shape that a body is made of: what `shapes()` answers
 */
export const inboundMessages = (bodies: Readonly<Record<string, Schema>>): readonly InboundMessageType[] =>
  inboundCommands.map((command) => {
    const { properties, required = [], ...schema } = requestSchema({ ...command, path: '' }, bodies);
    const { idMember, idSchema } = command.aggregate;
    return {
      type: command.name,
      summary: command.summary,
      schema: { ...schema, properties: { [idMember]: idSchema, ...properties }, required: [idMember, ...required] },
    };
  });

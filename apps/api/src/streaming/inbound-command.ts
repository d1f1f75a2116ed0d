import { type CommandRequest, invalidBody, isObject, Problem, parseJsonBody, rejectOversized } from '#platform';
import { isIdOf } from '#relationship';
import { type InboundMessage, inboundCommands, readInboundEvent } from '#streaming';

/**
 * The command that a message asks for. The data is the body as over HTTP, the ids that stand in the path there included; the time of the
 * event is when the contact occurred, unless the body says so itself. The event's source and id are the idempotency key and stand in the
 * log, in the stream, for as long as the stream does.
 * @throws InvalidMessage, Problem
 */
export const inboundCommand = (message: InboundMessage, bodyLimit: number): CommandRequest => {
  if (message.unreadable) {
    const { compression, firstOffset, lastOffset } = message.unreadable;
    const detail = `Offsets ${firstOffset} to ${lastOffset} are one batch compressed with ${compression}. Send its messages again, uncompressed or with gzip.`;
    throw new Problem('unreadable-batch', detail, { ...message.unreadable });
  }
  if ((message.value?.length ?? 0) > bodyLimit) throw new Problem('body-too-large');
  const { source, id, type, time, data } = readInboundEvent(message, parseJsonBody);
  const command = inboundCommands.find(({ name }) => name === type);
  if (command === undefined) {
    throw new Problem('unknown-command', `The type of a message must be one of ${inboundCommands.map(({ name }) => name).join(', ')}.`);
  }
  if (!isObject(data)) throw invalidBody([{ pointer: '', detail: 'must be an object' }]);
  rejectOversized(command.body, data);
  const { idMember, idSchema } = command.aggregate;
  const { [idMember]: targetId, occurredAt = time, ...body } = data;
  if (!isIdOf(command.aggregate, targetId)) {
    const detail = `must be ${'enum' in idSchema ? `one of ${idSchema.enum.join(', ')}` : idSchema.description}`;
    throw invalidBody([{ pointer: `/${idMember}`, detail }]);
  }
  return {
    name: type,
    targetId,
    body,
    occurredAt: occurredAt as string | undefined,
    keyScope: `inbound:${source}`,
    idempotencyKey: id,
    source: { system: source, id },
    // No API key's actor has a colon in its id, so nobody can pass for one by what it calls its source.
    actor: { kind: 'service', id: `integration:${source}` },
  };
};

import type { DomainEvent } from '#event-log';

/** One event for a person: when it was true, whose it is, what it says. */
export function eventLine({ position, occurredAt, stream, revision, type, actor, data }: DomainEvent): string {
  const said = Object.entries(data as Record<string, unknown>).map(([name, value]) => `${name}=${shortly(value)}`);
  return `${position}  ${occurredAt.slice(0, 19)}Z  ${stream}@${revision}  ${type}  ${actor.kind}:${actor.id}  ${said.join(' ')}`;
}

function shortly(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a chronicle must not move the cursor of a terminal
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
}

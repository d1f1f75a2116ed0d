import { hash } from 'node:crypto';
import { v5 } from 'uuid';
import { canonicalJson } from '#event-log/canonical-json.js';
import { invalidBody } from './command-body.js';
import type { CommandRequest } from './command-request.js';

/** Namespace of the UUIDs (version 5) that are derived from idempotency keys; never changed. */
const NAMESPACE = '5f0c3a52-7d8e-4f0b-9a43-0a2a6b6f2d11';

export interface CommandIdentity {
  readonly commandId: string;
  /** Makes the id of what the command creates; a repeated command gets the same one. */
  idFor(member: string): string;
}

export const identify = (request: CommandRequest, newId: () => string): CommandIdentity => {
  const name = repeatable(request);
  if (name === undefined) return { commandId: newId(), idFor: newId };
  const commandId = v5(name, NAMESPACE);
  return { commandId, idFor: (member) => v5(`${commandId} ${member}`, NAMESPACE) };
};

const repeatable = ({ name, idempotencyKey, keyScope, source }: CommandRequest): string | undefined => {
  if (idempotencyKey !== undefined) return JSON.stringify(['key', keyScope, idempotencyKey]);
  if (source !== undefined) return JSON.stringify(['source', name, source.system, source.id]);
  return undefined;
};

/**
 * Fingerprint of the command as it was sent: what the edge fills in is not part of it, so a repetition has the same one.
 * @throws Problem `invalid-body` for a text that is not well-formed Unicode, which has no bytes to take a fingerprint of
 */
export const commandHash = ({ name, targetId, body, occurredAt, source }: CommandRequest): string =>
  hash('sha256', canonical({ name, targetId, body, occurredAt, source }), 'hex');

const canonical = (value: object): string => {
  try {
    return canonicalJson(value);
  } catch {
    throw invalidBody([{ pointer: '', detail: 'holds a text with half a surrogate pair, which is not Unicode' }]);
  }
};

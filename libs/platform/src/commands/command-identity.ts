import type { Source } from '#event-log';
import { canonicalJson } from '#event-log/canonical-json.js';
import { invalidBody } from './command-body.js';
import type { CommandRequest } from './command-request.js';
import { type DerivedIdsSource, plainIds } from './derived-ids.js';

export interface CommandIdentity {
  readonly commandId: string;
  /** Canonical JSON of the command as it was sent: what the edge fills in is not part of it. Only where a repetition can be known. */
  readonly canonical?: string;
  /** Makes the id of what the command creates; a repeated command gets the same one. */
  idFor(member: string): string;
  /** Of the source under which the command was known before. */
  readonly formerly?: { readonly commandId: string; readonly canonical: string };
}

/**
 * @throws Problem `invalid-body` for a text that is not well-formed Unicode, which has no bytes to store or to take a fingerprint of;
 * KeyStoreUnavailable
 */
export const identify = async (request: CommandRequest, newId: () => string, derivedIds: DerivedIdsSource): Promise<CommandIdentity> => {
  const name = repeatable(request);
  if (name === undefined) {
    if (!isUnicode(request.body)) throw notUnicode();
    return { commandId: newId(), idFor: newId };
  }
  const { ofCommand } = await derivedIds();
  const commandId = ofCommand(name);
  const { name: commandName, formerly } = request;
  return {
    commandId,
    canonical: canonical(request),
    idFor: (member) => ofCommand(`${commandId} ${member}`),
    ...(formerly && {
      formerly: {
        commandId: plainCommandIdOf(commandName, formerly),
        canonical: canonical({ ...request, source: formerly }),
      },
    }),
  };
};

/** The id of what came from this source, where ids are plain. */
export const plainCommandIdOf = (name: string, source: Source): string => plainIds.ofCommand(fromSource(name, source));

const notUnicode = () => invalidBody([{ pointer: '', detail: 'contains a string with an unpaired surrogate, which is not valid Unicode' }]);

/** A member's name that is not is rejected as one that there is not. */
const isUnicode = (value: unknown): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.values(value).every(isUnicode);
};

/** Of a customer the sources are its own: who may name those of others would learn what came from there. */
const repeatable = ({ name, idempotencyKey, keyScope, source, actor }: CommandRequest): string | undefined => {
  if (idempotencyKey !== undefined) return JSON.stringify(['key', keyScope, idempotencyKey]);
  return source && fromSource(name, source, ...(actor.kind === 'customer' ? [actor.id] : []));
};

const fromSource = (name: string, { system, id }: Source, ...owner: readonly string[]): string =>
  JSON.stringify(['source', name, system, id, ...owner]);

const canonical = ({ name, targetId, body, occurredAt, source }: CommandRequest): string => {
  try {
    return canonicalJson({ name, targetId, body, occurredAt, source });
  } catch {
    throw notUnicode();
  }
};

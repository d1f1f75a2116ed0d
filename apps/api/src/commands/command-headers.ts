import type { FastifyRequest } from 'fastify';
import type { Actor, Source } from '#event-log';
import { actorOf, type Identity, Problem } from '#platform';

/** What the headers of a command say beside its body. */
export interface CommandHeaders {
  readonly idempotencyKey: string | undefined;
  readonly source: Source | undefined;
  readonly expectedRevision: number | undefined;
  readonly correlationId: string;
}

export const readCommandHeaders = (request: FastifyRequest): CommandHeaders => {
  const { headers } = request;
  return {
    idempotencyKey: readIdempotencyKey(headers['idempotency-key']),
    source: readSource(headers['letopis-source']),
    expectedRevision: readIfMatch(headers['if-match']),
    correlationId: request.id,
  };
};

const printable = /^[\x21-\x7e]{1,200}$/;

const readIdempotencyKey = (given: string | string[] | undefined): string | undefined => {
  if (given === undefined) return undefined;
  if (typeof given === 'string' && printable.test(given)) return given;
  throw new Problem('invalid-header', 'Idempotency-Key must be 1 to 200 visible ASCII characters, sent once.');
};

/** `<system>/<id>`, both percent-encoded. */
const readSource = (given: string | string[] | undefined): Source | undefined => {
  if (given === undefined) return undefined;
  const [, system, id] = (typeof given === 'string' && /^([^/]{1,200})\/(.{1,600})$/.exec(given)) || [];
  try {
    if (system !== undefined && id !== undefined) return { system: decodeURIComponent(system), id: decodeURIComponent(id) };
  } catch {
    // Falls through to the rejection.
  }
  throw new Problem('invalid-header', 'Letopis-Source must be <system>/<id>, both percent-encoded, such as crm/4711.');
};

/** The ETag of a record begins with the revision of its stream; behind it may stand a hash of how it was shown. */
const readIfMatch = (given: string | undefined): number | undefined => {
  if (given === undefined) return undefined;
  const [, revision] = /^(?:W\/)?"(\d{1,15})(?:\.[\w-]{1,100})?"$/.exec(given) ?? [];
  if (revision === undefined) throw new Problem('invalid-header', 'If-Match must be one ETag of this API, such as "12".');
  return Number(revision);
};

const importers = new Set(['service', 'admin']);

/** A service or an admin may record on behalf of an import, and of nobody else. */
export const readActor = (identity: Identity, given: string | string[] | undefined): Actor => {
  if (given === undefined) return actorOf(identity);
  const [, id] = (typeof given === 'string' && /^import:([A-Za-z0-9_-]{1,64})$/.exec(given)) || [];
  if (id === undefined) throw new Problem('invalid-header', 'Letopis-Actor must be import:<id>.');
  if (!importers.has(identity.role)) throw new Problem('not-allowed', 'Letopis-Actor is allowed for the roles service and admin.');
  return { kind: 'import', id };
};

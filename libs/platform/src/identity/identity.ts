import type { Actor, ActorKind } from '#event-log';
import { type Curators, leadsIn, type Reader, type Role } from '#relationship';

export const roles = ['curator', 'supervisor', 'auditor', 'service', 'customer', 'admin', 'subscriber'] as const satisfies readonly Role[];

/** Who is asking, as an API key or a token of the issuer says. */
export interface Identity {
  /** Id of the key; of a token, one of its issuer and subject. */
  readonly keyId: string;
  readonly role: Role;
  /** Id of the curator, supervisor, customer, service or subscriber that acts; the customer's id for the role `customer`. */
  readonly actorId: string;
  /** Of a supervisor who sees one team; absent: all. */
  readonly team?: string;
}

/** An admin keeps the house and acts as a supervisor does; an auditor never issues a command, so the kind is never seen. */
const kinds: Readonly<Record<Role, ActorKind>> = {
  curator: 'curator',
  supervisor: 'supervisor',
  auditor: 'supervisor',
  service: 'service',
  customer: 'customer',
  admin: 'supervisor',
  subscriber: 'service',
};

export const actorOf = (identity: Identity): Actor => ({ kind: kinds[identity.role], id: identity.actorId });

/** As access is decided on. */
export const readerOf = (identity: Identity, curators: Curators, now: string): Reader => {
  const { team } = identity;
  return { ...actorOf(identity), ...(team !== undefined && { leads: leadsIn(curators, team, now) }) };
};

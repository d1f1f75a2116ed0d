import type { Identity } from '#platform';
import type { Role } from '#relationship';

/** Who may call a route; part of the route's configuration, where the hooks find it before a body is read. */
export type Access =
  | { readonly open: true }
  | {
      readonly roles: readonly Role[];
      /** Shows customers of all teams at once, so a supervisor of one team is not allowed. */
      readonly allTeams?: true;
    };

export const everyone: readonly Role[] = ['curator', 'supervisor', 'auditor', 'service', 'customer', 'admin'];
/** Sees more than one portfolio. */
export const overseers: readonly Role[] = ['supervisor', 'auditor', 'service', 'admin'];
/** Follow what is published: no personal data in plain text. */
export const followers: readonly Role[] = [...overseers, 'subscriber'];
/** Sees also the events that are not published. */
export const auditing: readonly Role[] = ['supervisor', 'auditor', 'admin'];
/** Issues commands; which ones, each command says. */
export const commanding: readonly Role[] = everyone.filter((role) => role !== 'auditor');
/** Reads who was shown what. */
export const accessAuditors: readonly Role[] = ['auditor', 'admin'];
/** Records what other systems know, under their keys. */
export const importers: readonly Role[] = ['service', 'admin'];
/** Keeps the system. */
export const keepers: readonly Role[] = ['admin'];
export const staffAndAuditor: readonly Role[] = ['curator', ...overseers];

declare module 'fastify' {
  interface FastifyRequest {
    /** Null only on open routes. */
    identity: Identity | null;
  }
  interface FastifyContextConfig {
    readonly access?: Access;
  }
}

import { hash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { isIdOf, NO_CURATOR, opaqueId, type Role } from '#relationship';
import { Problem } from '../../problems/problem.js';
import type { Identity } from '../identity.js';
import { isTeam, TEAM_FORM } from '../key-store.js';
import { createIssuerKeys, type IssuerKeysOptions } from './issuer-keys.js';

/** Tokens of one issuer, and what their claims mean here. */
export interface OidcConfiguration {
  readonly issuer: string;
  /** Tokens for anybody else are rejected. */
  readonly audience: string;
  /** Absent: as the discovery document of the issuer says. */
  readonly jwksUrl?: string;
  /** Names of top-level claims, or JSON pointers such as `/realm_access/roles`. */
  readonly roleClaim: string;
  readonly actorClaim: string;
  readonly teamClaim: string;
  /** A supervisor's token must have that claim; else only while teams are in use. */
  readonly teamRequired: boolean;
  /** The first whose value the token has, decides. */
  readonly roles: readonly RoleOfValue[];
  readonly clockSkewSeconds: number;
}

export interface RoleOfValue {
  readonly value: string;
  readonly role: Role;
}

export interface VerifiedToken {
  readonly identity: Identity;
  /** When the token was issued, ISO 8601 UTC with milliseconds. */
  readonly created: string;
  /** It is a supervisor's and says nothing of teams: not good where teams are in use. */
  readonly teamUnstated: boolean;
  /** Unix time; from then on it is rejected. */
  readonly untilMs: number;
}

/** @throws Problem `not-authenticated` saying what is wrong with the token; `token-keys-unavailable` */
export type VerifyToken = (token: string) => Promise<VerifiedToken>;

/** Claims this instead of a team, who supervises all of them. */
const ALL_TEAMS = '*';

/** Three parts with dots between them, as no API key has. */
export const looksLikeToken = (token: string): boolean => token.split('.', 4).length === 3;

export const LONGEST_TOKEN = 8_192;
/** Asymmetric ones alone: with any other, whoever can verify a token can make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

export interface TokenVerifierOptions extends Omit<IssuerKeysOptions, 'issuer' | 'jwksUrl'> {
  readonly teamsInUse?: () => boolean;
}

export const createTokenVerifier = (
  configuration: OidcConfiguration,
  { teamsInUse = () => false, ...options }: TokenVerifierOptions = {},
): VerifyToken => {
  const { issuer, audience, jwksUrl, clockSkewSeconds: clockTolerance, teamClaim, teamRequired } = configuration;
  const keys = createIssuerKeys({ issuer, ...(jwksUrl !== undefined && { jwksUrl }), ...options });
  return async (token) => {
    if (token.length > LONGEST_TOKEN) throw rejected(`The token is longer than ${LONGEST_TOKEN} characters.`);
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms: ALGORITHMS,
      clockTolerance,
      requiredClaims: ['exp', 'iat', 'sub'],
    }).catch((error) => {
      throw asRejection(error, configuration);
    });
    const identity = identityIn(payload, configuration);
    const teamUnstated = identity.role === 'supervisor' && claimIn(payload, teamClaim) === undefined;
    if (teamUnstated && (teamRequired || teamsInUse()))
      throw rejected(
        `The token of a supervisor must have the claim ${teamClaim} (OIDC_TEAM_CLAIM): the name of a team, or "${ALL_TEAMS}" for all teams.`,
      );
    return {
      identity,
      teamUnstated,
      created: new Date(payload.iat! * 1_000).toISOString(),
      untilMs: (payload.exp! + clockTolerance) * 1_000,
    };
  };
};

const rejected = (detail: string) => new Problem('not-authenticated', detail);

/** Never a value of the token, except the name of a claim. */
const asRejection = (error: unknown, { issuer, audience }: OidcConfiguration): unknown => {
  if (error instanceof errors.JWTExpired) return rejected('The token has expired; sign in again.');
  if (error instanceof errors.JWTClaimValidationFailed) return rejected(claimFault(error, { issuer, audience }));
  if (error instanceof errors.JOSEAlgNotAllowed) return rejected(`The token must be signed with one of ${ALGORITHMS.join(', ')}.`);
  if (error instanceof errors.JWSSignatureVerificationFailed) return rejected('The signature of the token is not valid.');
  if (error instanceof errors.JWKSNoMatchingKey) return rejected('The issuer has no key with which the token could be signed.');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return rejected('The token must name its key (kid): the issuer has several.');
  if (error instanceof Problem) return error;
  if (error instanceof errors.JOSEError) return rejected('The token is not a valid signed JWT.');
  return error;
};

const claimFault = (
  { claim, reason }: errors.JWTClaimValidationFailed,
  { issuer, audience }: Pick<OidcConfiguration, 'issuer' | 'audience'>,
): string => {
  if (reason === 'missing') return `The token has no claim ${claim}.`;
  if (claim === 'nbf') return 'The token is not valid yet.';
  if (claim === 'iss') return `The token is of another issuer; the claim iss must be ${issuer}.`;
  if (claim === 'aud') return `The token is not for this API; the claim aud must contain ${audience}.`;
  return `The claim ${claim} of the token is not valid.`;
};

const identityIn = (payload: JWTPayload, { roleClaim, actorClaim, teamClaim, roles }: OidcConfiguration): Identity => {
  const values = [claimIn(payload, roleClaim)].flat();
  const role = roles.find(({ value }) => values.includes(value))?.role;
  if (role === undefined) throw rejected(`The claim ${roleClaim} of the token has none of the values that OIDC_ROLES maps to a role.`);
  const actorId = claimIn(payload, actorClaim);
  if (!isIdOf({ idSchema: opaqueId }, actorId) || actorId === NO_CURATOR)
    throw rejected(`The claim ${actorClaim} of the token must be ${opaqueId.description} (OIDC_ACTOR_CLAIM).`);
  const team = claimIn(payload, teamClaim);
  if (team !== undefined && !isTeam(team)) throw rejected(`The claim ${teamClaim} of the token must be ${TEAM_FORM} (OIDC_TEAM_CLAIM).`);
  const limited = role === 'supervisor' && team !== undefined && team !== ALL_TEAMS;
  return { keyId: keyIdOf(payload), role, actorId, ...(limited && { team }) };
};

/** The same for every token of one subject, so that a new one neither forgets idempotency keys nor lifts a limit; it tells nothing of the subject. */
const keyIdOf = ({ iss, sub }: JWTPayload): string => `token-${hash('sha256', JSON.stringify([iss, sub])).slice(0, 16)}`;

const claimIn = (payload: JWTPayload, claim: string): unknown => {
  if (!claim.startsWith('/')) return payload[claim];
  const steps = claim.slice(1).split('/');
  return steps.reduce<unknown>((value, step) => (value as Readonly<Record<string, unknown>> | undefined)?.[step], payload);
};

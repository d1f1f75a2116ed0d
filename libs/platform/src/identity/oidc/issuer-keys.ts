import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { askingTogether } from '#async';
import { Problem } from '../../problems/problem.js';

/** Older keys are fetched again, without anybody waiting for it. */
const FRESH_MS = 5 * 60_000;
/** So long keys go on while the issuer cannot be asked. */
export const TRUSTED_MS = 60 * 60_000;
/** Between two requests to the issuer: tokens with invented key ids cause no more. */
const BETWEEN_MS = 2_000;
const TIMEOUT_MS = 3_000;

export interface IssuerKeysOptions {
  readonly issuer: string;
  /** Absent: as the discovery document of the issuer says. */
  readonly jwksUrl?: string;
  /** Monotonic. */
  readonly nowMs?: () => number;
  /** The issuer could not be asked. */
  readonly failed?: (error: unknown) => void;
}

/**
 * The key that a token names. A key id that is not known is looked for in keys that are fetched after the question, so a good token is never
 * rejected for a rotation.
 * @throws Problem `token-keys-unavailable`: the issuer does not answer, so nobody can tell
 */
export const createIssuerKeys = ({
  issuer,
  jwksUrl,
  nowMs = () => performance.now(),
  failed = () => undefined,
}: IssuerKeysOptions): JWTVerifyGetKey => {
  let known: { readonly find: JWTVerifyGetKey; readonly since: number } | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAway = false;

  const fetchKeys = async () => {
    const wait = askedAt + BETWEEN_MS - nowMs();
    if (wait > 0 && isAway) throw away();
    if (wait > 0) await sleep(wait);
    askedAt = nowMs();
    try {
      const url = jwksUrl ?? (await discovered(issuer));
      known = { find: createLocalJWKSet((await getJson(url)) as JSONWebKeySet), since: askedAt };
      isAway = false;
    } catch (error) {
      isAway = true;
      failed(error);
      throw away();
    }
  };
  const together = askingTogether<true>(async () => {
    await fetchKeys();
    return new Map();
  });
  const refresh = () => together('keys');
  let renewal: Promise<unknown> | undefined;
  const renewed = () => {
    renewal ??= refresh().finally(() => {
      renewal = undefined;
    });
    return renewal;
  };

  return async (header, token) => {
    const age = known === undefined ? Number.POSITIVE_INFINITY : nowMs() - known.since;
    if (age > TRUSTED_MS) await renewed();
    else if (age > FRESH_MS) void renewed().catch(() => undefined);
    try {
      return await known!.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await refresh();
    return known!.find(header, token);
  };
};

const away = () => new Problem('token-keys-unavailable', undefined, {}, BETWEEN_MS / 1_000);

/** OpenID Connect Discovery 1.0, 4.3: a document of another issuer is none of this one. */
const discovered = async (issuer: string): Promise<string> => {
  const document = await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  const { issuer: named, jwks_uri: url } = document as { readonly issuer?: unknown; readonly jwks_uri?: unknown };
  if (named !== issuer) throw new Error(`the discovery document is of another issuer than OIDC_ISSUER, ${issuer}`);
  if (typeof url !== 'string') throw new Error('the discovery document has no jwks_uri');
  return url;
};

const getJson = async (url: string): Promise<unknown> => {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.json();
};

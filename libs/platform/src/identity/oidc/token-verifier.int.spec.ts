import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TokenIssuer } from '#testing/token-issuer.js';
import { createTokenVerifier, LONGEST_TOKEN, type OidcConfiguration } from './token-verifier.js';

let issuer: TokenIssuer;
beforeEach(async () => {
  issuer = await TokenIssuer.start();
});
afterEach(() => issuer.goAway());

const configuration = (more: Partial<OidcConfiguration> = {}): OidcConfiguration => ({
  issuer: issuer.url,
  audience: 'letopis',
  roleClaim: 'roles',
  actorClaim: 'sub',
  teamClaim: 'team',
  teamRequired: false,
  roles: [
    { value: 'supervisor', role: 'supervisor' },
    { value: 'crm-sales', role: 'curator' },
  ],
  clockSkewSeconds: 30,
  ...more,
});
const verifier = (more: Partial<OidcConfiguration> = {}, options: Parameters<typeof createTokenVerifier>[1] = {}) =>
  createTokenVerifier(configuration(more), options);
const outcome = (verification: Promise<unknown>) =>
  verification.then(
    () => 'good',
    (error) => `${error.code}: ${error.message}`,
  );
const seconds = (from: number) => Math.floor(Date.now() / 1_000) + from;
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a token of the issuer', () => {
  it('gives a role and an actor by its claims, with the keys that the discovery document names', async () => {
    const { identity, created, untilMs } = await verifier()(await issuer.token({ team: 'north', exp: seconds(60), iat: seconds(0) }));
    expect(identity).toEqual({ keyId: expect.stringMatching(/^token-[0-9a-f]{16}$/), role: 'supervisor', actorId: 'sup-1', team: 'north' });
    expect([Math.abs(Date.parse(created) - Date.now()) < 5_000, Math.abs(untilMs - Date.now() - 90_000) < 5_000]).toEqual([true, true]);
  });

  it.each(['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'])('may be signed with %s', async (alg) => {
    await issuer.rotate({ alg });
    expect(await outcome(verifier({ jwksUrl: issuer.jwksUrl })(await issuer.token()))).toBe('good');
  });

  it('gets its role from the first entry of the mapping whose value it has, and its actor from the configured claim', async () => {
    const verify = verifier({ roleClaim: '/realm_access/roles', actorClaim: '/crm/id' });
    const { identity } = await verify(
      await issuer.token({ sub: 'auth0|77', realm_access: { roles: ['other', 'crm-sales'] }, crm: { id: 'cur-7' } }),
    );
    expect(identity).toEqual({ keyId: expect.any(String), role: 'curator', actorId: 'cur-7' });
    const both = await verify(await issuer.token({ realm_access: { roles: ['crm-sales', 'supervisor'] }, crm: { id: 'cur-7' } }));
    expect(both.identity.role).toBe('supervisor');
  });

  it('of a supervisor without the claim of a team is rejected where that claim is configured or teams are in use; "*" is all teams', async () => {
    let teams = false;
    const says =
      'not-authenticated: The token of a supervisor must have the claim team (OIDC_TEAM_CLAIM): the name of a team, or "*" for all teams.';
    const verify = verifier({}, { teamsInUse: () => teams });
    expect(await verify(await issuer.token())).toMatchObject({ teamUnstated: true });
    teams = true;
    for (const strict of [verify, verifier({ teamRequired: true })]) {
      expect(await outcome(strict(await issuer.token()))).toBe(says);
      const { identity, teamUnstated } = await strict(await issuer.token({ team: '*' }));
      expect([identity.role, identity.team, teamUnstated]).toEqual(['supervisor', undefined, false]);
      expect((await strict(await issuer.token({ team: 'north' }))).identity.team).toBe('north');
      expect(await outcome(strict(await issuer.token({ team: null })))).toMatch(
        /^not-authenticated: The claim team of the token must be the name/,
      );
      expect(await outcome(strict(await issuer.token({ roles: ['crm-sales'] })))).toBe('good');
    }
  });

  it('has the same key id as every other token of its subject, and another one than that of another', async () => {
    const verify = verifier();
    const idOf = async (sub: string, iat: number) => (await verify(await issuer.token({ sub, iat }))).identity.keyId;
    const [one, again, other] = [await idOf('sup-1', seconds(-50)), await idOf('sup-1', seconds(0)), await idOf('sup-2', seconds(0))];
    expect([one === again, one === other]).toEqual([true, false]);
  });

  it('is rejected, with what is wrong, where it is not for this API, not for now or not of the issuer', async () => {
    const verify = verifier();
    const because = async (claims: Parameters<TokenIssuer['token']>[0], kid?: string) =>
      outcome(verify(await issuer.token(claims, kid === undefined ? {} : { kid })));
    expect(await because({ exp: seconds(-31) })).toBe('not-authenticated: The token has expired; sign in again.');
    expect(await because({ exp: seconds(-20) })).toBe('good');
    expect(await because({ nbf: seconds(40) })).toBe('not-authenticated: The token is not valid yet.');
    expect(await because({ nbf: seconds(20) })).toBe('good');
    expect(await because({ aud: 'shop' })).toBe('not-authenticated: The token is not for this API; the claim aud must contain letopis.');
    expect(await because({ iss: 'https://elsewhere.example' })).toBe(
      `not-authenticated: The token is of another issuer; the claim iss must be ${issuer.url}.`,
    );
    expect(await because({ exp: undefined })).toBe('not-authenticated: The token has no claim exp.');
    expect(await because({ roles: ['visitor'] })).toBe(
      'not-authenticated: The claim roles of the token has none of the values that OIDC_ROLES maps to a role.',
    );
    expect(await because({ sub: 'anna@example.org' })).toMatch(/^not-authenticated: The claim sub of the token must be 1 to 64 letters/);
    expect(await because({ team: 7 })).toMatch(/^not-authenticated: The claim team of the token must be the name of a team/);
    expect(await because({}, 'unknown')).toBe('not-authenticated: The issuer has no key with which the token could be signed.');
  });

  it('is rejected where it is forged, not signed, signed with a shared secret, malformed or too long', async () => {
    const verify = verifier();
    const good = await issuer.token();
    const [header, payload, signature] = good.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = `${header}.${encoded({ ...claims, roles: ['admin'] })}.${signature}`;
    expect(await outcome(verify(forged))).toBe('not-authenticated: The signature of the token is not valid.');
    const other = await TokenIssuer.start();
    await other.goAway();
    expect(await outcome(verify(await other.token(claims)))).toBe('not-authenticated: The signature of the token is not valid.');
    const algorithm = /^not-authenticated: The token must be signed with one of RS256/;
    for (const alg of ['none', 'None', 'HS256']) {
      const unsigned = `${encoded({ alg, kid: 'key-1' })}.${payload}`;
      // With the public key as the secret, as in CVE-2015-9235.
      const mac = createHmac('sha256', JSON.stringify(claims)).update(unsigned).digest('base64url');
      for (const end of ['', mac])
        expect({ alg, end, is: await outcome(verify(`${unsigned}.${end}`)) }).toEqual({ alg, end, is: expect.stringMatching(algorithm) });
    }
    const malformed = 'not-authenticated: The token is not a valid signed JWT.';
    for (const token of ['..', 'a.b.c', `${header}.${payload}.`, `${encoded(7)}.${payload}.${signature}`, `${header}..${signature}`])
      expect({ token, is: await outcome(verify(token)) }).toEqual({ token, is: expect.stringMatching(/^not-authenticated: /) });
    expect(await outcome(verify('a.b.c'))).toBe(malformed);
    expect(await outcome(verify(await issuer.token({ more: 'x'.repeat(LONGEST_TOKEN) })))).toBe(
      `not-authenticated: The token is longer than ${LONGEST_TOKEN} characters.`,
    );
  });
});

describe('the keys of the issuer', () => {
  it('are fetched once for many tokens at once, and again for a key that is new, at most every two seconds whatever tokens name', async () => {
    const verify = verifier();
    const token = await issuer.token();
    expect(await Promise.all(Array.from({ length: 50 }, () => outcome(verify(token))))).toEqual(Array(50).fill('good'));
    expect(issuer.asked).toBe(1);
    await issuer.rotate();
    const rotated = await issuer.token();
    const since = performance.now();
    const strangers = await Promise.all(
      Array.from({ length: 50 }, async (_, number) => outcome(verify(await issuer.token({}, { kid: `invented-${number}` })))),
    );
    expect(strangers).toEqual(Array(50).fill('not-authenticated: The issuer has no key with which the token could be signed.'));
    expect(await outcome(verify(rotated))).toBe('good');
    expect(issuer.asked).toBeLessThanOrEqual(2 + Math.ceil((performance.now() - since) / 2_000));
    expect(await outcome(verify(token))).toBe('not-authenticated: The issuer has no key with which the token could be signed.');
  });

  it('go on for an hour while the issuer is away; tokens of keys that are not known get 503, and so do all without any key', async () => {
    let ahead = 0;
    const failures: unknown[] = [];
    const verify = verifier({}, { nowMs: () => performance.now() + ahead, failed: (error) => failures.push(error) });
    const token = await issuer.token();
    expect(await outcome(verify(token))).toBe('good');
    await issuer.goAway();
    ahead = 59 * 60_000;
    expect(await outcome(verify(token))).toBe('good');
    const unknown = 'token-keys-unavailable: Token issuer unavailable';
    await issuer.rotate();
    const rotated = await issuer.token();
    ahead += 10_000;
    expect(await outcome(verify(rotated))).toBe(unknown);
    expect(await outcome(verify(token))).toBe('good');
    ahead = 61 * 60_000;
    expect([await outcome(verify(token)), await outcome(verify(rotated))]).toEqual([unknown, unknown]);
    expect(failures.length).toBeGreaterThanOrEqual(2);
    await issuer.comeBack();
    ahead += 10_000;
    expect(await outcome(verify(rotated))).toBe('good');

    const fresh = verifier({ issuer: 'http://127.0.0.1:9' });
    expect(await outcome(fresh(token))).toBe(unknown);
  });

  it('are those of the configured issuer alone', async () => {
    const failures: Error[] = [];
    const verify = verifier({ issuer: `${issuer.url}/` }, { failed: (error) => failures.push(error as Error) });
    expect(await outcome(verify(await issuer.token()))).toBe('token-keys-unavailable: Token issuer unavailable');
    expect(failures[0]?.message).toMatch(/another issuer/);
  });
});

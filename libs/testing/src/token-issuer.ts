import type { webcrypto } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

interface Key {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: webcrypto.CryptoKey;
  readonly jwk: JWK;
}

/** A sign-in of the company: a discovery document and keys on a local port, which can rotate and go away. */
export class TokenIssuer {
  /** Requests for keys. */
  asked = 0;
  private keys: readonly Key[] = [];
  private server: Server | undefined;
  private port = 0;
  private count = 0;

  static async start(alg = 'RS256'): Promise<TokenIssuer> {
    const issuer = new TokenIssuer();
    await issuer.rotate({ alg });
    await issuer.comeBack();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get jwksUrl(): string {
    return `${this.url}/keys`;
  }

  /** Signs with a new key from now on; `keep`: the former ones are still published. */
  async rotate({ alg = 'RS256', keep = false } = {}): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const kid = `key-${++this.count}`;
    const key = { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
    this.keys = keep ? [key, ...this.keys] : [key];
  }

  /** A good token of a supervisor for an hour, with other claims where they are given. */
  token(claims: JWTPayload = {}, header: { readonly kid?: string } = {}): Promise<string> {
    const [key] = this.keys as [Key];
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: this.url, aud: 'letopis', sub: 'sup-1', roles: ['supervisor'], iat: now, exp: now + 3_600, ...claims };
    return new SignJWT(payload).setProtectedHeader({ alg: key.alg, kid: key.kid, ...header }).sign(key.privateKey);
  }

  async goAway(): Promise<void> {
    const { server } = this;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  async comeBack(): Promise<void> {
    const server = createServer(({ url }, response) => {
      const isDiscovery = url === '/.well-known/openid-configuration';
      if (!isDiscovery) this.asked++;
      const body = isDiscovery ? { issuer: this.url, jwks_uri: this.jwksUrl } : { keys: this.keys.map(({ jwk }) => jwk) };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }
}

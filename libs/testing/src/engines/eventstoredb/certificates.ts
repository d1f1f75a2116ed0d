import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Certificates {
  /** Path of the certificate of the authority, for `tlsCAFile`. */
  readonly authority: string;
  readonly tls: { readonly key: Buffer; readonly certificate: Buffer };
}

export const canMakeCertificates = (): boolean => spawnSync('openssl', ['version']).status === 0;

/** An authority that exists for this test alone, and its certificate for 127.0.0.1; valid for a day. */
export function makeCertificates(folder: string): Certificates {
  const file = (name: string) => path.join(folder, name);
  const openssl = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const newKey = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', file(`${name}.key`), '-subj', `/CN=${name} of a test`];
  openssl('req', '-x509', ...newKey('authority'), '-out', file('authority.crt'), '-days', '1');
  openssl('req', ...newKey('node'), '-out', file('node.csr'));
  writeFileSync(file('node.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  const signing = ['-CA', file('authority.crt'), '-CAkey', file('authority.key'), '-CAcreateserial', '-extfile', file('node.ext')];
  openssl('x509', '-req', '-in', file('node.csr'), ...signing, '-out', file('node.crt'), '-days', '1');
  return {
    authority: file('authority.crt'),
    tls: { key: readFileSync(file('node.key')), certificate: readFileSync(file('node.crt')) },
  };
}

import { NAMESPACE_PATTERN } from '#event-log';
import { roles } from '../identity/identity.js';
import type { RoleOfValue } from '../identity/oidc/token-verifier.js';

/** Reads the text of one variable, or says what would be right. */
export type Reader<Value> = (given: string) => { readonly value: Value } | { readonly problem: string };

export const text: Reader<string> = (given) => ({ value: given });

export const port: Reader<number> = (given) =>
  /^\d{1,5}$/.test(given) && Number(given) <= 65_535 ? { value: Number(given) } : { problem: 'must be a port from 0 to 65535, e.g. 3000' };

export const positiveInteger: Reader<number> = (given) =>
  /^[1-9]\d{0,8}$/.test(given) ? { value: Number(given) } : { problem: 'must be a whole number from 1 to 999999999' };

const A_DAY = 86_400;
/** Of a timer, which cannot be set for more than 24 days. */
export const intervalSeconds: Reader<number> = (given) =>
  /^[1-9]\d{0,4}$/.test(given) && Number(given) <= A_DAY
    ? { value: Number(given) }
    : { problem: `must be a whole number of seconds from 1 to ${A_DAY}` };

export const seconds: Reader<number> = (given) =>
  /^\d{1,3}$/.test(given) ? { value: Number(given) } : { problem: 'must be a whole number of seconds from 0 to 999' };

/** `value=role`, several with commas; a value may contain `=`. */
export const roleValues: Reader<readonly RoleOfValue[]> = (given) => {
  const all = given.split(',').flatMap((entry) => {
    const [, value, name] = /^\s*(.+)=(\w+)\s*$/.exec(entry) ?? [];
    const role = roles.find((known) => known === name);
    return value === undefined || role === undefined ? [] : [{ value, role }];
  });
  return all.length === given.split(',').length
    ? { value: all }
    : {
        problem: `must be value=role, comma-separated, with one of the roles ${roles.join(', ')}, e.g. crm-sales=curator,crm-leads=supervisor`,
      };
};

export const bytes: Reader<number> = (given) => {
  const match = /^([1-9]\d{0,8})([km]?)b?$/i.exec(given);
  if (match === null) return { problem: 'must be a size in bytes, or with k or m: 1048576, 512k, 1m' };
  const unit = { '': 1, k: 1024, m: 1024 ** 2 }[(match[2] ?? '').toLowerCase()] ?? 1;
  return { value: Number(match[1]) * unit };
};

export const choice =
  <const Value extends string>(values: readonly Value[]): Reader<Value> =>
  (given) => {
    const value = values.find((candidate) => candidate === given);
    return value === undefined ? { problem: `must be one of ${values.join(', ')}` } : { value };
  };

/** `host:port`, several with commas; nothing for none. */
export const brokers: Reader<readonly string[]> = (given) => {
  const all = given.split(',').map((each) => each.trim());
  if (given === '') return { value: [] };
  return all.every((each) => /^[^\s:/]+:\d{1,5}$/.test(each))
    ? { value: all }
    : { problem: 'must be brokers as host:port, comma-separated, e.g. kafka-1:9092,kafka-2:9092' };
};

/** `https://host/path`, without the slash at its end; nothing for none. */
export const httpUrl: Reader<string | undefined> = (given) => {
  if (given === '') return { value: undefined };
  const url = URL.canParse(given) ? new URL(given) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.search + url.hash + url.username === ''
    ? { value: url.href.replace(/\/+$/, '') }
    : { problem: 'must be an http or https URL without query and user, e.g. https://crm.example.org/letopis' };
};

/** Origins as browsers send them, several with commas, or `*`; nothing for none. */
export const origins: Reader<readonly string[]> = (given) => {
  const all = given === '' ? [] : given.split(',').map((each) => each.trim());
  return all.every((each) => each === '*' || (URL.canParse(each) && new URL(each).origin === each))
    ? { value: all }
    : { problem: 'must be origins with scheme and host, comma-separated, or *, e.g. https://app.example.org' };
};

export interface Sasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}

/** `mechanism:user:password`; nothing for none. The problem never quotes what was given. */
export const sasl: Reader<Sasl | undefined> = (given) => {
  const [, mechanism, username, password] = /^(plain|scram-sha-256|scram-sha-512):([^:]+):(.+)$/.exec(given) ?? [];
  if (given === '') return { value: undefined };
  return password === undefined
    ? { problem: 'must be plain:user:password, scram-sha-256:user:password or scram-sha-512:user:password' }
    : { value: { mechanism: mechanism as Sasl['mechanism'], username: username!, password } };
};

export const topicPrefix: Reader<string> = (given) =>
  /^[a-zA-Z0-9._-]{1,200}$/.test(given)
    ? { value: given }
    : { problem: 'must be at most 200 letters, digits, dots, hyphens and underscores' };

export const namespace: Reader<string> = (given) =>
  NAMESPACE_PATTERN.test(given) ? { value: given } : { problem: 'must be at most 60 lower-case letters, digits and hyphens, e.g. letopis' };

/** As `openEventLog` takes it; a file has no namespaces. */
export const inNamespace = (url: string | undefined, name: string | undefined): string =>
  url?.startsWith('esdb') && !NAMESPACE_IN_URL.test(url) ? `${url}#${name}` : (url as string);
const NAMESPACE_IN_URL = /#[a-z0-9-]{1,60}$/;

/** `<scheme>:<rest>`; MongoDB's names its database. */
export const engineUrl =
  (schemes: readonly string[]): Reader<string> =>
  (given) => {
    const scheme = given.slice(0, Math.max(0, given.indexOf(':')));
    const rest = given.slice(scheme.length + 1);
    if (!schemes.includes(scheme) || rest === '')
      return { problem: `must be a URL with one of the schemes ${schemes.join(', ')}, e.g. sqlite:./data/file.sqlite` };
    if (scheme.startsWith('esdb') && /^(?!\/\/)|^\/\/([^/?#]*@)?([/?#]|$)/.test(rest))
      return { problem: 'the host is missing; must be esdb://host:port' };
    if (scheme.startsWith('esdb') && rest.includes('#') && !NAMESPACE_IN_URL.test(rest))
      return { problem: 'the namespace after # must be at most 60 lower-case letters, digits and hyphens, e.g. #letopis' };
    return !scheme.startsWith('mongodb') || /^\/\/[^/]+\/[^?]/.test(rest)
      ? { value: given }
      : { problem: 'the database name or a part of the URL is missing; must be mongodb://host:port/database' };
  };

/** What may be shown of a URL. */
export const withoutPassword = (url: string): string => url.replace(/\/\/.*@/, '//…@');

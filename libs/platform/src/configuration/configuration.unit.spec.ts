import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type ConfigurationError, readConfiguration } from './configuration.js';

const wrong = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfiguration(environment);
  } catch (error) {
    return (error as ConfigurationError).problems;
  }
  return [];
};

describe('readConfiguration', () => {
  it('keeps everything in one folder unless told otherwise', () => {
    const data = path.resolve('data');
    expect(readConfiguration({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      corsOrigins: [],
      dataFolder: data,
      eventLogUrl: `sqlite:${data}/chronicle.sqlite`,
      readModelsUrl: `sqlite:${data}/views.sqlite`,
      keyStoreUrl: `sqlite:${data}/keys.sqlite`,
      accessLogUrl: `sqlite:${data}/access-log.sqlite`,
      accessLogAnchorSeconds: 60,
      subjectKeys: {
        url: `sqlite:${data}/subject-keys.sqlite`,
        masterKeyFile: `${data}/master.key`,
        keptOutsideUrl: `file:${data}.keep/`,
      },
      logLevel: 'info',
      bodyLimit: 1024 ** 2,
      rateLimit: 1000,
      addressRateLimit: 100,
      feedLimit: 256,
      projector: 'embedded',
      processes: 'embedded',
    });
  });

  it('takes an empty value for none, and sizes with units', () => {
    expect(readConfiguration({ PORT: '', BODY_LIMIT: '512k' })).toMatchObject({ port: 3000, bodyLimit: 512 * 1024 });
    expect(readConfiguration({ BODY_LIMIT: '2MB', LETOPIS_DATA: '/srv/l', KEY_STORE_URL: 'mongodb://db/letopis' })).toMatchObject({
      bodyLimit: 2 * 1024 ** 2,
      eventLogUrl: 'sqlite:/srv/l/chronicle.sqlite',
      keyStoreUrl: 'mongodb://db/letopis',
    });
  });

  it('takes the issuer of tokens as its claim has it, and rejects one without an audience', () => {
    const given = {
      OIDC_ISSUER: 'https://login.example.org/',
      OIDC_AUDIENCE: 'letopis',
      OIDC_ROLES: 'crm=leads=supervisor, sales=curator',
    };
    expect(readConfiguration(given).oidc).toEqual({
      issuer: 'https://login.example.org/',
      audience: 'letopis',
      roleClaim: 'roles',
      actorClaim: 'sub',
      teamClaim: 'team',
      teamRequired: false,
      roles: [
        { value: 'crm=leads', role: 'supervisor' },
        { value: 'sales', role: 'curator' },
      ],
      clockSkewSeconds: 30,
    });
    expect(readConfiguration({ ...given, OIDC_TEAM_CLAIM: 'team' }).oidc).toMatchObject({ teamClaim: 'team', teamRequired: true });
    expect(wrong({ OIDC_ISSUER: 'https://login.example.org' })).toEqual([expect.stringMatching(/^OIDC_AUDIENCE=: is required/)]);
    expect(wrong({ OIDC_JWKS_URL: 'https://login.example.org/keys' })).toEqual([expect.stringMatching(/^OIDC_ISSUER=: is required/)]);
    const faults: Record<string, string>[] = [{ OIDC_ISSUER: 'login.example.org' }, { OIDC_ROLES: 'crm=boss' }, { OIDC_ROLES: ',' }];
    for (const more of [...faults, { OIDC_CLOCK_SKEW: '-1' }]) expect(wrong({ ...given, ...more })).toHaveLength(1);
  });

  it('takes addresses and origins as browsers know them', () => {
    const given = {
      PUBLIC_URL: 'https://example.org/crm/',
      CORS_ORIGINS: 'https://a.example, http://localhost:5173',
      KAFKA_BROKERS: 'k:1',
    };
    const publicUrl = 'https://example.org/crm';
    expect(readConfiguration(given)).toMatchObject({
      publicUrl,
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      kafka: { publicUrl },
    });
    for (const PUBLIC_URL of ['example.org', 'ftp://example.org', 'https://example.org/?q', 'https://anna@example.org'])
      expect(wrong({ PUBLIC_URL })).toHaveLength(1);
    for (const CORS_ORIGINS of ['a.example', 'https://a.example/path', ',']) expect(wrong({ CORS_ORIGINS })).toHaveLength(1);
  });

  it('names every variable that is wrong, with what would be right', () => {
    const problems = wrong({
      PORT: '70000',
      RATE_LIMIT: '0',
      PROJECTOR: 'maybe',
      READ_MODELS_URL: 'mysql:x',
      BODY_LIMIT: 'big',
      LOG_LEVEL: 'x',
      ACCESS_LOG_ANCHOR_SECONDS: '999999',
    });
    expect(problems.map((problem) => problem.split(/[=:]/)[0]).sort()).toEqual([
      'ACCESS_LOG_ANCHOR_SECONDS',
      'BODY_LIMIT',
      'LOG_LEVEL',
      'PORT',
      'PROJECTOR',
      'RATE_LIMIT',
      'READ_MODELS_URL',
    ]);
    expect(problems.join('\n')).toContain('embedded, off');
  });

  it('wants the database named in the URL of MongoDB, and repeats no password', () => {
    const problems = wrong({ KEY_STORE_URL: 'mongodb://anna:secret@db', READ_MODELS_URL: 'mongo://anna:se@cret@db/letopis' });
    expect(problems).toEqual([
      expect.stringMatching(/^READ_MODELS_URL=mongo:\/\/…@db\/letopis: .*mongodb/),
      expect.stringMatching(/^KEY_STORE_URL=mongodb:\/\/…@db: the database name or a part of the URL is missing/),
    ]);
    for (const name of ['EVENT_LOG_URL', 'READ_MODELS_URL', 'KEY_STORE_URL', 'SUBJECT_KEYS_URL'])
      expect(wrong({ [name]: 'memory:' })).toEqual([expect.stringMatching(`^${name}=memory:: must be a URL .* sqlite`)]);
  });

  it('names the namespace of a log on EventStoreDB behind its connection string, where none stands', () => {
    const urlOf = (environment: Record<string, string>) => readConfiguration(environment).eventLogUrl;
    const EVENT_LOG_URL = 'esdb://anna:secret@node-1:2113,node-2:2113?tls=false';
    expect(urlOf({ EVENT_LOG_URL })).toBe(`${EVENT_LOG_URL}#letopis`);
    expect(urlOf({ EVENT_LOG_URL, EVENT_LOG_NAMESPACE: 'acme-2' })).toBe(`${EVENT_LOG_URL}#acme-2`);
    expect(urlOf({ EVENT_LOG_URL: 'esdb+discover://db#acme', EVENT_LOG_NAMESPACE: 'other' })).toBe('esdb+discover://db#acme');
    expect(wrong({ EVENT_LOG_URL: 'esdb://db:2113?tls=false#Acme' })).toEqual([
      'EVENT_LOG_URL=esdb://db:2113?tls=false#Acme: the namespace after # must be at most 60 lower-case letters, digits and hyphens, e.g. #letopis',
    ]);
    for (const EVENT_LOG_URL of ['esdb://', 'esdb://?tls=false', 'esdb:db', 'esdb+discover://anna:secret@'])
      expect(wrong({ EVENT_LOG_URL })).toEqual([
        expect.stringMatching(/^(?!.*secret).*: the host is missing; must be esdb:\/\/host:port$/),
      ]);
    expect(urlOf({ EVENT_LOG_URL: 'sqlite:x', EVENT_LOG_NAMESPACE: 'acme' })).toBe('sqlite:x');
    for (const EVENT_LOG_NAMESPACE of ['a.b', 'Acme', 'a b', 'a'.repeat(61)])
      expect(wrong({ EVENT_LOG_NAMESPACE })).toEqual([expect.stringContaining('lower-case letters, digits and hyphens')]);
  });
});

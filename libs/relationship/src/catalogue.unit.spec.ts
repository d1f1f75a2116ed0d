import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import { commandByName, commandCatalogue } from './catalogue.js';

const parametersOf = (path: string): string[] => [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name as string);
const membersOf = (body: new () => object): readonly string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(body, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];
const targets = { customer: 'customerId', curator: 'curatorId', policy: 'policyName' } as const;

describe('the command catalogue', () => {
  it('has every name and every path once', () => {
    expect(new Set(commandCatalogue.map(({ name }) => name)).size).toBe(commandCatalogue.length);
    expect(new Set(commandCatalogue.map(({ path }) => path)).size).toBe(commandCatalogue.length);
  });
  it('finds a command by its name', () => {
    expect(commandByName('win-deal')?.path).toBe('/customers/:customerId/deals/:dealId/win');
    expect(commandByName('constructor')).toBeUndefined();
  });
  it.each(commandCatalogue)(
    '$name has a body with the members that its path and its generated id name',
    ({ target, body, path, generatedId }) => {
      const members = membersOf(body);
      for (const parameter of parametersOf(path)) if (parameter !== targets[target]) expect(members).toContain(parameter);
      if (generatedId) expect(members).toContain(generatedId);
      if (generatedId) expect(parametersOf(path)).not.toContain(generatedId);
    },
  );
  it.each(commandCatalogue)('$name is open to somebody, and never to an auditor', ({ name, roles, summary }) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
    expect(summary).not.toBe('');
    expect(roles.length).toBeGreaterThan(0);
    expect(roles).not.toContain('auditor');
  });
  it('lets customers do for themselves what is theirs', () => {
    expect(commandCatalogue.filter(({ roles }) => roles.includes('customer')).map(({ name }) => name)).toEqual([
      'grant-consent',
      'withdraw-consent',
      'record-contact',
      'answer-satisfaction',
      'make-recommendation',
      'publish-review',
      'raise-complaint',
    ]);
  });
  it('leaves policies and curators to supervisors and admins', () => {
    for (const name of ['publish-policy', 'register-curator', 'depart-curator'])
      expect(commandByName(name)?.roles).toEqual(['supervisor', 'admin']);
  });
});

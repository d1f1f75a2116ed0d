import { describe, expect, it } from '@jest/globals';
import { getMetadataStorage } from 'class-validator';
import {
  aggregateOf,
  aggregates,
  commandByName,
  commandCatalogue,
  eventDefinitions,
  processCommandByName,
  processCommands,
  rejections,
} from './aggregates.js';
import { idOf, isIdOf, ownerOf, streamOf } from './kernel/aggregate.js';
import { customerIdOf } from './streams.js';

const parametersOf = (path: string): string[] => [...path.matchAll(/:([A-Za-z]+)/g)].map(([, name]) => name as string);
const membersOf = (body: new () => object): readonly string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(body, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];

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
    ({ aggregate, body, path, generatedId }) => {
      const members = membersOf(body);
      for (const parameter of parametersOf(path)) if (parameter !== aggregate.idMember) expect(members).toContain(parameter);
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
  it('declares rejection codes that exist, and each of them for some command', () => {
    const declared = [...commandCatalogue, ...processCommands].flatMap((command) => command.rejections);
    expect([...new Set(declared)].sort()).toEqual(Object.keys(rejections).sort());
    for (const { name, rejections } of commandCatalogue) expect([name, rejections.length]).toEqual([name, new Set(rejections).size]);
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
      'request-erasure',
      'object-to-marketing',
      'withdraw-marketing-objection',
      'request-access',
    ]);
  });
  it('says which commands set state, for imports to know them by their file', () => {
    expect(commandCatalogue.filter(({ setsState }) => setsState).map(({ name }) => name)).toEqual([
      'add-identifier',
      'remove-identifier',
      'record-profile',
      'correct-details',
      'grant-consent',
      'withdraw-consent',
      'record-acquisition',
      'reassign-contact',
      'reassign-promise',
      'reassign-deal',
      'assign-curator',
      'restrict-processing',
      'lift-restriction',
      'object-to-marketing',
      'withdraw-marketing-objection',
      'correct-curator-details',
      'change-subscriber',
      'end-subscriber',
    ]);
  });
  it('leaves to processes what has no path, which nobody has the role for', () => {
    expect(processCommands.map(({ name }) => name)).toEqual([
      'mark-promise-overdue',
      'mark-contact-overdue',
      'mark-erasure-overdue',
      'erase-customer',
      'erase-merged-customer',
      'complete-erasure',
      'mark-receipt-overdue',
      'disclose-publishing-key',
      'list-for-retention',
      'erase-for-retention',
      'begin-process',
      'issue-process-commands',
      'answer-process-commands',
      'certify-erasure',
      'anchor-access-log',
    ]);
    for (const { name, roles, inbound } of processCommands) {
      expect([name, roles, inbound]).toEqual([name, [], undefined]);
      expect([commandByName(name), processCommandByName(name)?.name]).toEqual([undefined, name]);
    }
  });
  it('leaves policies and curators to supervisors and admins', () => {
    for (const name of ['publish-policy', 'register-curator', 'depart-curator'])
      expect(commandByName(name)?.roles).toEqual(['supervisor', 'admin']);
  });
});

describe('the registry of aggregates', () => {
  it('has every category and every member for an id once', () => {
    for (const member of ['category', 'idMember'] as const)
      expect(new Set(aggregates.map((aggregate) => aggregate[member])).size).toBe(aggregates.length);
  });
  it.each(aggregates)('$category owns its streams and gives their ids back', (aggregate) => {
    const stream = streamOf(aggregate, 'a-b');
    expect([stream, aggregateOf(stream)?.category, idOf(aggregate, stream)]).toEqual([
      `${aggregate.category}-a-b`,
      aggregate.category,
      'a-b',
    ]);
  });
  it('finds the owner of a stream by the longest category that it begins with, in whatever order they are listed', () => {
    const both = [{ category: 'import' }, { category: 'import-source' }];
    for (const listed of [both, both.toReversed()])
      expect(
        ['import-1', 'import-source-1', 'import-sources-1', 'imports-1', 'import'].map((stream) => ownerOf(listed, stream)?.category),
      ).toEqual(['import', 'import-source', 'import', undefined, undefined]);
  });
  it('has no category that those who read the streams of customers would take for theirs', () => {
    for (const aggregate of aggregates)
      expect([aggregate.category, customerIdOf(streamOf(aggregate, 'x'))]).toEqual([
        aggregate.category,
        aggregate.category === 'relationship' ? 'x' : undefined,
      ]);
  });
  it('knows the ids of a form, and those that are a few', () => {
    const form = { idSchema: { type: 'string', pattern: '^[a-z]{1,3}$', description: '1 to 3 small letters' } } as const;
    expect(['ab', 'abcd', '', 7, undefined].map((id) => isIdOf(form, id))).toEqual([true, false, false, false, false]);
    const few = { idSchema: { type: 'string', enum: ['ladder'] } } as const;
    expect(['ladder', 'gravity', 7].map((id) => isIdOf(few, id))).toEqual([true, false, false]);
  });
  it('publishes the events of an aggregate that says so, and no others', () => {
    for (const { published, events } of aggregates)
      for (const { type } of events)
        expect([type, eventDefinitions.find((each) => each.type === type)?.published]).toEqual([type, published ? type : null]);
  });
  it('begins a policy with its name', () => {
    const begun = aggregates.find(({ category }) => category === 'policy')?.decider.initialState('ladder');
    expect(begun).toMatchObject({ status: 'published', name: 'ladder' });
  });
});

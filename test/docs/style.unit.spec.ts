import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMetrics, problemPages, variables } from '#platform';
import { commandCatalogue, eventDefinitions } from '#relationship';
import { asyncApiDocument, topicsOf } from '#streaming';
import { contactMessages } from '../../apps/api/src/openapi/contact-messages.js';
import { openApiDocument } from '../../apps/api/src/openapi/openapi-document.js';
import { buildProgram } from '../../apps/cli/src/program.js';
import { pages } from './pages.js';

/** In a text that a user reads: what to say instead. */
const inTexts: Readonly<Record<string, string>> = {
  'facts?': 'event',
  'refus(e|es|ed|al|als|ing)': 'reject, rejection',
  'tells?|told|teller': 'say what it does: show, derive, identify',
  'stands?|stood|standing': 'is, is stored, active',
  wanted: 'required, must be',
  anew: 'again; restart, rebuild',
  'answers? for|answered for': 'responsible for',
  '(come|comes|came) to (?!the|a )': 'add up to, become',
  'fillings?|filled from': 'build, built',
  'no such': 'unknown, does not exist',
};

/** In code, as a word of an identifier, a comment or a test; `except`: where it is left, or means something else. */
const inCode: readonly { readonly word: RegExp; readonly say: string; readonly except?: readonly string[] }[] = [
  { word: /^refusals?$/, say: 'rejection' },
  // `declared.refused` of the card, published: the channels without consent.
  { word: /^refus(e|es|ed|ing)$/, say: 'reject', except: ['libs/projections/src/card/', 'libs/streaming/'] },
  { word: /^fact$/, say: 'event' },
  { word: /^tellers?$/, say: 'what it does: find, derive' },
  { word: /^fillings?$/, say: 'build, bulk load' },
  { word: /^anew$/, say: 'again; rebuild, refold' },
  { word: /^growth$/, say: 'append notifier' },
  { word: /^placing$/, say: 'revision check' },
  {
    word: /^sealed$/,
    say: 'serialized',
    // Elsewhere it means: encrypted for a subject.
    except: [
      ...['libs/read-models/', 'libs/event-log/', 'libs/privacy/', 'libs/platform/', 'libs/streaming/', 'libs/testing/'],
      ...['apps/api/', 'apps/cli/src/chronicle/', 'test/'],
    ],
  },
  { word: /^stretch(es)?$/, say: 'page, interval', except: ['libs/platform/', 'libs/relationship/src/kernel/'] },
  { word: /^visits$/, say: 'stage intervals' },
];

const sources = ['apps', 'libs', 'test'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => path.join(folder, file))
    .filter((file) => /\.(ts|mjs)$/.test(file) && !file.includes('fixtures') && file !== path.join('test', 'docs', 'style.unit.spec.ts')),
);

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    typeof member === 'string' ? (['description', 'summary', 'title'].includes(name) ? [member] : []) : textsIn(member),
  );
};

const asyncApi = () =>
  asyncApiDocument({
    version: '0',
    definitions: eventDefinitions,
    topics: topicsOf('letopis'),
    partitions: 12,
    bodyLimit: 1,
    personal: true,
    contacts: contactMessages(),
  });

const helpTexts = async (): Promise<readonly string[]> => {
  const names = (await buildProgram([])).commands.map((command) => command.name());
  const programs = await Promise.all(names.map((name) => buildProgram([name])));
  return programs.flatMap(({ commands }) =>
    commands.flatMap((command) => [command, ...command.commands]).map((command) => command.helpInformation()),
  );
};

const metricTexts = async (): Promise<readonly string[]> => {
  const metrics = createMetrics();
  const rendered = await metrics.render();
  metrics.close();
  return rendered.split('\n').filter((line) => line.startsWith('# HELP letopis_'));
};

const violations = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) =>
    Object.entries(inTexts).flatMap(([word, say]) => {
      const found = new RegExp(`\\b(?:${word})\\b`, 'i').exec(text);
      return found ? [`${found[0]} (say: ${say}): ${text.slice(Math.max(0, found.index - 60), found.index + 60)}`] : [];
    }),
  );

describe('plain technical English', () => {
  it.each<[string, () => readonly string[] | Promise<readonly string[]>]>([
    ['OpenAPI', () => textsIn(openApiDocument())],
    ['AsyncAPI', () => textsIn(asyncApi())],
    ['problems', () => problemPages.flatMap(({ title, meaning }) => [title, meaning])],
    [
      'commands and events',
      () => [...commandCatalogue.map(({ summary }) => summary), ...eventDefinitions.map(({ description }) => description)],
    ],
    ['variables of the configuration', () => Object.values(variables).map(({ description }) => description)],
    ['metrics', metricTexts],
    ['the help of the CLI', helpTexts],
    ['README.md and docs/', () => pages.map(({ prose }) => prose.replace(/`[^`]*`/g, ''))],
  ])('is the language of %s', async (_, texts) => {
    const all = await texts();
    expect(all.length).toBeGreaterThan(0);
    expect(violations(all)).toEqual([]);
  });

  it('is the language of the code, file names included', () => {
    expect(sources.length).toBeGreaterThan(500);
    const found = sources.flatMap((file) => {
      const words = new Set(
        `${file}\n${readFileSync(file, 'utf8')}`
          .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
          .split(/[^A-Za-z]+/)
          .map((word) => word.toLowerCase()),
      );
      return inCode
        .filter(({ except }) => !except?.some((prefix) => file.startsWith(prefix)))
        .flatMap(({ word, say }) => [...words].filter((each) => word.test(each)).map((each) => `${file}: ${each} (say: ${say})`));
    });
    expect(found).toEqual([]);
  });
});

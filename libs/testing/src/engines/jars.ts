import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, from the sources (Jest) as from `dist/`. */
export const root = path.resolve(fileURLToPath(import.meta.url).replace(/\/(dist\/)?libs\/testing\/.*$/, ''));
export const servers = path.join(root, 'test/engines/servers');

const HOW =
  'install a JDK 17 or later and Maven (Debian, Ubuntu: apt-get install openjdk-17-jdk-headless maven; macOS: brew install openjdk maven), or give servers by TEST_KAFKA_BROKERS and TEST_MONGODB_URL';

/** Something that the servers need is not on this machine. One plain line: what is missing, and how to get it. */
export class EnginesUnavailable extends Error {
  override readonly name = 'EnginesUnavailable';
  constructor(missing: string, how = HOW) {
    super(`Kafka and MongoDB cannot be started: ${missing}; ${how}.`);
  }
}

const OLDEST_JAVA = 17;

/**
 * Copies the jars of the servers from Maven Central once, and compiles our own few lines to start them with.
 * @returns the class path
 * @throws EnginesUnavailable saying what is missing
 */
export const classPath = (cache = path.join(root, 'node_modules/.cache/letopis-engines')): string => {
  mustRun('java');
  const sources = ['pom.xml', 'KafkaServerMain.java', 'MongoServerMain.java'].map((name) => path.join(servers, name));
  const version = createHash('sha256');
  for (const file of sources) version.update(readFileSync(file));
  const folder = path.join(cache, version.digest('hex').slice(0, 12));
  if (!existsSync(folder)) {
    const unfinished = `${folder}.${process.pid}`;
    mkdirSync(unfinished, { recursive: true });
    try {
      mustRun('javac');
      const copy = ['-f', path.relative(root, sources[0]!), 'dependency:copy-dependencies'];
      run(
        'mvn',
        ['-q', '-B', ...copy, `-DoutputDirectory=${unfinished}`],
        `Maven cannot fetch their files`,
        `mvn ${copy.join(' ')} shows why`,
      );
      const compiled = ['-cp', `${unfinished}/*`, '-d', unfinished, ...sources.slice(1)];
      run(
        'javac',
        compiled,
        'javac cannot compile test/engines/servers',
        `javac -cp "${unfinished}/*" test/engines/servers/*.java shows why`,
      );
      if (!existsSync(folder)) renameSync(unfinished, folder);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  return `${folder}/*:${folder}`;
};

/** How a server of the jars is started, with the arguments that it takes. */
export function javaCommand(mainClass: string, options: readonly string[]): (...args: readonly string[]) => readonly [string, ...string[]] {
  const jars = classPath();
  return (...args) => ['java', ...options, '-cp', jars, mainClass, ...args];
}

/** Its output is for machines and in colours, so none of it is passed on. */
function run(program: string, args: readonly string[], failure: string, how: string): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, { cwd: root, env: process.env, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') throw new EnginesUnavailable(`${program} is missing`);
  if (status !== 0) throw new EnginesUnavailable(failure, how);
  return `${stdout}${stderr}`;
}

function mustRun(program: 'java' | 'javac'): void {
  const version = run(program, ['-version'], `${program} does not run`, `${program} -version shows why`);
  const [, major] = /(?:version "|javac )(\d+)/.exec(version) ?? [];
  if (Number(major) < OLDEST_JAVA) throw new EnginesUnavailable(`${program} is of Java ${major}`);
}

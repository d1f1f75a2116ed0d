import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { classPath } from './jars.js';

/** Programs of another machine, in a folder that is the whole search path. */
describe('servers that cannot be started', () => {
  const before = process.env.PATH;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'letopis-jars-'));
    mkdirSync(path.join(folder, 'bin'));
    process.env.PATH = path.join(folder, 'bin');
  });
  afterEach(() => {
    process.env.PATH = before;
    rmSync(folder, { recursive: true });
  });
  const program = (name: string, script: string) => {
    const file = path.join(folder, 'bin', name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  };
  const java = (version: string) => program('java', `echo 'openjdk version "${version}" 2021-09-14' >&2`);
  const message = (): string => {
    try {
      classPath(path.join(folder, 'cache'));
    } catch (error) {
      return (error as Error).message;
    }
    return 'started';
  };
  const install = 'install a JDK 17 or later and Maven';

  it.each([
    ['no Java', () => undefined, `java is missing; ${install}`],
    ['an old Java', () => java('11.0.2'), `java is of Java 11; ${install}`],
    ['a runtime without a compiler', () => java('17.0.1'), `javac is missing; ${install}`],
    [
      'no Maven',
      () => {
        java('21');
        program('javac', 'echo javac 21');
      },
      `mvn is missing; ${install}`,
    ],
    [
      'a Maven that reaches nothing',
      () => {
        java('21');
        program('javac', 'echo javac 21');
        program(
          'mvn',
          "printf '[\\033[1;31mERROR\\033[m] Failed to execute goal\\n[ERROR]\\n[ERROR] To see the full stack trace\\n'; exit 1",
        );
      },
      'Maven cannot fetch their files; mvn -f test/engines/servers/pom.xml dependency:copy-dependencies shows why.',
    ],
  ])('are said to be so in one plain line: %s', (_, given, expected) => {
    given();
    expect(message()).toContain(`Kafka and MongoDB cannot be started: ${expected}`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(message()).not.toMatch(/[\n\x1b]/);
  });
});

import { createKeptOutside } from '#privacy';

/** `record-until-killed <url> <name> <count>`: records erasures of `relationship-<name>-0` and on, ten a call, and prints each when it is durable. */
const [, , url, name, count] = process.argv as [string, string, string, string, string];
const store = await createKeptOutside(url);
for (let from = 0; from < Number(count); from += 10) {
  const subjects = Array.from({ length: 10 }, (_, i) => `relationship-${name}-${from + i}`);
  await store.record(subjects.map((subject) => ({ subject, erasedAt: '2026-11-30T23:00:00.000Z' })));
  process.stdout.write(subjects.map((subject) => `${subject}\n`).join(''));
}
await store.close();

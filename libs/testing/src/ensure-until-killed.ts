import { masterKeyOf, masterKeysOf, openSubjectKeys } from '#privacy';

/**
 * `ensure-until-killed <url> <master key in hex> <count>`: makes the keys of `relationship-0` and on, ten at once, in the same order as
 * every other such process, and prints each with its bytes when it is durable. Ends after `count` of them.
 */
const [, , url, masterKey, count] = process.argv as [string, string, string, string, string];
const store = openSubjectKeys(url, masterKeysOf([masterKeyOf(Buffer.from(masterKey, 'hex'))]));
for (let from = 0; from < Number(count); from += 10) {
  const subjects = Array.from({ length: 10 }, (_, i) => `relationship-${from + i}`);
  const made = await Promise.all(subjects.map((subject) => store.ensure([subject])));
  for (const found of made)
    for (const [subject, each] of found)
      if (each.kind === 'key') process.stdout.write(`${subject} ${each.key.id} ${each.key.key.export().toString('hex')}\n`);
}
await store.close();

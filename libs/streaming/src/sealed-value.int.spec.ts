import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { eventCatalogue } from '#platform/events/current-events.js';
import { collect } from '#testing';
import { memoryLog } from '#testing/as-written.js';
import { storyOf } from '#testing/customer-story.js';
import { fullStory } from '#testing/full-story.js';
import { newPublishingKey, openedCard, openedEvent } from '#testing/published-values.js';
import { eventRecordOf } from './cloud-event.js';
import { createCards, customerRecordOf } from './customer-record.js';

const key = newPublishingKey();
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0;

describe('the personal fields of a whole story, as a subscriber in another language decrypts them', () => {
  (hasPython ? it : it.skip)(
    'are what was sealed, of events and cards, by test/examples/decrypt.py (python3 with cryptography)',
    async () => {
      const log = memoryLog();
      const story = storyOf(
        'anna',
        fullStory.filter(({ type }) => type !== 'customer-erased').map((each, n) => ({ ...each, id: `e/${n}` })),
      );
      await log.append(story[0]!.stream, 'none', story);
      const cards = createCards(log, eventCatalogue);
      let decrypted = 0;
      for (const event of await collect(log.readAll())) {
        const card = customerRecordOf(await cards(event), key);
        const record = eventRecordOf(event, eventCatalogue.get(event.type), key)!;
        const both = [
          [record, openedEvent(record, key)],
          [card, openedCard(card, key)],
        ] as const;
        // Each process of Python takes a while.
        for (const [{ value, ...sent }, whole] of event.revision % 6 === 0 ? both : []) {
          const input = JSON.stringify({ ...sent, value: JSON.parse(value!), publishingKey: key.key.export().toString('base64') });
          const { stdout, stderr } = spawnSync('python3', ['test/examples/decrypt.py'], { input, encoding: 'utf8' });
          expect({ stderr, whole: JSON.parse(stdout) }).toEqual({ stderr: '', whole: JSON.parse(whole!) });
          if (value!.includes('"sealed"')) decrypted++;
        }
      }
      expect(decrypted).toBeGreaterThan(5);
    },
  );
});

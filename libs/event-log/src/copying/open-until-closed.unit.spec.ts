import { newEvent } from '#testing';
import { createEventRegistry, delegating, type EventLog, type SubscribeOptions } from '../index.js';
import { openEventLog } from '../open-event-log.js';
import { LOG_STREAM, logClosed } from './log-closed.js';
import { openUntilClosed } from './open-until-closed.js';

/** A log that others write too, and how often it was subscribed to. */
async function written() {
  const log = await openEventLog('memory:', { registry: createEventRegistry([]) });
  const subscriptions: SubscribeOptions[] = [];
  const shared: EventLog = delegating(log, {
    guarantees: { ...log.guarantees, oneWriter: false },
    subscribe(options = {}) {
      subscriptions.push(options);
      return log.subscribe(options);
    },
  });
  return { log, subscriptions, open: await openUntilClosed(shared) };
}

const closing = () => newEvent({ type: logClosed.type, data: { movedTo: 'esdb://elsewhere' } });
const nextTurns = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('a log that others may close', () => {
  it('is followed once, whatever else is appended', async () => {
    const { log, subscriptions, open } = await written();
    await nextTurns();
    for (let n = 0; n < 5; n++) {
      await log.append(`s-${n}`, 'none', [closing()]);
      await nextTurns();
    }
    await open.append('s-5', 'none', [closing()]);
    expect(subscriptions).toMatchObject([{ types: [logClosed.type], streamPrefix: LOG_STREAM, eventsOnly: true }]);
    await open.close();
  });

  it('takes nothing more once it is closed', async () => {
    const { log, open } = await written();
    await log.append(LOG_STREAM, 'none', [closing()]);
    await nextTurns();
    await expect(open.append('s-1', 'none', [closing()])).rejects.toMatchObject({ name: 'EventLogClosed', movedTo: 'esdb://elsewhere' });
    await open.close();
  });
});

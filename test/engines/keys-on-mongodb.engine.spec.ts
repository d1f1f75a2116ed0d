import { setTimeout as sleep } from 'node:timers/promises';
import { describeWithOwnServers } from '#testing/engines/given-engines.js';
import { startMongo } from '#testing/engines/mongo.js';
import { ready, TestApi } from '../api/test-api.js';

const open = { key: undefined as never };
const longerThanTrusted = () => sleep(700);

describeWithOwnServers('an API whose keys are in a MongoDB that goes away', () => {
  it('lets nobody in, says so, and goes on when it is back', async () => {
    const server = await startMongo();
    const api = await TestApi.start({ KEY_STORE_URL: `${server.url}/letopis` });
    try {
      expect((await api.get('/curators')).status).toBe(200);
      expect((await api.get('/health/ready', open)).body).toMatchObject({ status: 'ready', keys: 'up' });
      const feed = await fetch(`${api.running.url}/events/stream`, { headers: { authorization: `Bearer ${api.key}` } });
      expect(feed.status).toBe(200);
      const feedEnded = feed.text().then(
        () => true,
        () => true,
      );

      await server.stop();
      await longerThanTrusted();
      const stranger = `letopis_${'0'.repeat(16)}_${'A'.repeat(43)}`;
      for (const key of [api.key, stranger]) {
        const { status, headers, body } = await api.get('/curators', { key });
        expect([status, headers.get('retry-after'), body.type]).toEqual([503, '2', '/problems/engine-unavailable']);
        expect(JSON.stringify(body)).not.toMatch(/mongo|127\.0\.0\.1/i);
      }
      expect((await api.get('/curators', open)).status).toBe(401);
      expect(await api.get('/health/ready', open)).toMatchObject({ status: 503, body: { status: 'not-ready', keys: 'down' } });
      expect((await api.get('/health/live', open)).status).toBe(200);
      expect(await feedEnded).toBe(true);

      await server.start();
      await ready(api.running.url);
      expect((await api.get('/curators')).status).toBe(200);
    } finally {
      await api.close();
      await server.dispose();
    }
  });
});

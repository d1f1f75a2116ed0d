import { startEventStoreDb } from '#testing/engines/eventstoredb/start.js';
import { call } from '../api/test-api.js';
import { hasNginx, startNginx } from './nginx.js';
import { killingEach, sendFromAll, startTwo } from './two-apis.js';

const describeWithNginx = (title: string, tests: () => void): void => {
  if (hasNginx) describe(title, tests);
  else describe.skip(`${title} [needs nginx]`, tests);
};

describeWithNginx('two API processes behind nginx, with the file of docker/', () => {
  it('lose and double nothing of what 64 callers send to the same customers, while one after the other is killed', async () => {
    const server = await startEventStoreDb();
    const two = await startTwo(server.url, {}, 'nginx');
    await sendFromAll(two, killingEach(two));
    for (const { code } of await two.stop()) expect(code).toBe(0);
    await server.dispose();
  });

  it('and neither of them running: a problem that says what to do', async () => {
    const nginx = await startNginx([1, 1]);
    const answer = await call(`${nginx.url}/customers`, { body: {} });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json',
      '1',
    ]);
    expect(answer.body).toMatchObject({ type: 'about:blank', status: 503, detail: expect.stringContaining('Idempotency-Key') });
    await nginx.stop();
  });
});

import type { EngineServer } from '#testing/engines/server.js';

export default async function tearDown(): Promise<void> {
  const started = (globalThis as { letopisEngines?: readonly EngineServer[] }).letopisEngines ?? [];
  await Promise.all(started.map((server) => server.dispose()));
}

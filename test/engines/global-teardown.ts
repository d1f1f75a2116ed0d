import { spawnSync } from 'node:child_process';
import type { EngineServer } from '#testing/engines/server.js';

export default async function tearDown(): Promise<void> {
  const started = (globalThis as { letopisEngines?: readonly EngineServer[] }).letopisEngines ?? [];
  await Promise.all(started.map((server) => server.dispose()));
  // A test that was cut off never stopped its programs; the suites run in this process, so they are its children.
  spawnSync('pkill', ['-KILL', '-P', String(process.pid)]);
}

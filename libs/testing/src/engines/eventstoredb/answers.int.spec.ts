import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../jars.js';
import { serveEventStoreDb } from './server.js';

const folder = path.resolve(root, '../shared/eventstoredb');

(existsSync(folder) ? describe : describe.skip)('the EventStoreDB test server (needs ../shared/eventstoredb)', () => {
  it('answers all 96 cases on the wire as a real server of 23.10 does', async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'letopis-answers-'));
    // Some cases wait for silence while they append one event after the other: a busy disk would end them too early.
    const server = await serveEventStoreDb({ folder: data, synced: false });
    try {
      const args = [path.join(folder, 'answers.cjs'), `127.0.0.1:${server.port}`, '--against', path.join(folder, 'answers-23.10.json')];
      const asking = spawn(process.execPath, args, { cwd: root });
      let output = '';
      for (const stream of [asking.stdout, asking.stderr]) stream.on('data', (text) => (output += text));
      const code = await new Promise((resolve) => asking.once('close', resolve));
      expect({ code, output }).toEqual({ code: 0, output: '96 of 96 cases answered as a real server answers\n' });
    } finally {
      await server.stop();
      rmSync(data, { recursive: true });
    }
  });
});

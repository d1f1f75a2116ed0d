import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '#testing/engines/server.js';

export const hasNginx = spawnSync('nginx', ['-v']).error === undefined;

/** Where it would write as a user of its own. */
const BODIES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** The nginx of this machine with the file of docker/, before these ports instead of its replicas. */
export async function startNginx(ports: readonly number[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-nginx-'));
  const [port] = await freePorts(1);
  const given = readFileSync('docker/nginx.conf', 'utf8');
  const replaced = given
    .replace('listen 3000;', `listen 127.0.0.1:${port};`)
    .replace(/api-(\d+):3000/g, (_, replica) => `127.0.0.1:${ports[replica - 1]}`)
    .replace('http {', `http {\n${BODIES.map((name) => `  ${name}_temp_path ${folder}/${name};`).join('\n')}`);
  const file = path.join(folder, 'nginx.conf');
  writeFileSync(file, replaced);
  const own = `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;`;
  const nginx = spawn('nginx', ['-p', folder, '-c', file, '-g', own], { stdio: ['ignore', 'ignore', 'pipe'] });
  let output = '';
  nginx.stderr.on('data', (text) => {
    output += text;
  });
  const exited = new Promise<void>((resolve) => nginx.once('exit', () => resolve()));
  while (!(await listens(port!))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended:\n${output}`);
    await sleep(20);
  }
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      nginx.kill('SIGQUIT');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const listens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket.destroy() !== undefined)).once('error', () => resolve(false));
  });

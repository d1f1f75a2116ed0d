import { type ExecFileException, execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { type KnownMasterKeys, MASTER_KEY_BYTES, type MasterKey, MasterKeyUnavailable, masterKeyOf } from './master-keys.js';

const COMMAND_MS = 10_000;

/**
 * @param source `file:<path>`, `command:<for the shell>`, or the keys themselves. What it gives is one key, or several separated by white
 * space or commas, the current one first: 32 bytes in hex or base64
 * @throws MasterKeyUnavailable
 */
export async function readMasterKeys(source: string): Promise<KnownMasterKeys> {
  const [, scheme, rest] = /^(file|command):(.*)$/s.exec(source) ?? [];
  if (scheme === 'file') return keysIn(await textOf(rest!), `the master key file ${rest}`);
  if (scheme === 'command') return keysIn(await outputOf(rest!), 'the output of the master key command');
  return keysIn(source, 'the value of the master key');
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new MasterKeyUnavailable(`the master key file ${file} cannot be read: ${(error as Error).message}`);
  }
}

/** The command is not quoted either: it may name a secret. */
const outputOf = (command: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const ended = (error: ExecFileException | null, stdout: string, stderr: string) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split('\n').at(-1)?.slice(0, 200);
      const how = error.killed ? `did not end within ${COMMAND_MS / 1_000} s` : `ended with ${error.signal ?? `exit code ${error.code}`}`;
      reject(new MasterKeyUnavailable(`the master key command ${how}${said ? `: ${said}` : ''}`));
    };
    execFile('/bin/sh', ['-c', command], { encoding: 'utf8', timeout: COMMAND_MS }, ended).stdin?.end();
  });

function keysIn(text: string, where: string): KnownMasterKeys {
  const [first, ...others] = text.split(/[\s,]+/).filter((each) => each !== '');
  const keyIn = (each: string): MasterKey => {
    const bytes = /^[0-9a-f]{64}$/i.test(each) ? Buffer.from(each, 'hex') : /^[\w+/-]{43}=?$/.test(each) && Buffer.from(each, 'base64');
    if (bytes && bytes.length === MASTER_KEY_BYTES) return masterKeyOf(bytes);
    throw new MasterKeyUnavailable(`${where} must be 32 bytes in hex (64 digits) or base64 (44 characters), not ${each.length} characters`);
  };
  if (first === undefined)
    throw new MasterKeyUnavailable(`${where} is empty; it must be 32 bytes in hex or base64, e.g. of \`openssl rand -hex 32\``);
  return [keyIn(first), ...others.map(keyIn)];
}

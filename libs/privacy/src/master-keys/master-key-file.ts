import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { PRIVATE_FILE, privateFolder } from '#sqlite';
import { MASTER_KEY_BYTES } from './master-keys.js';

const newLine = () => `${randomBytes(MASTER_KEY_BYTES).toString('hex')}\n`;

/** Of several processes one makes it. @returns whether it was made here */
export function makeMasterKeyFile(file: string): boolean {
  if (existsSync(file)) return false;
  privateFolder(path.dirname(file));
  const draft = writeDraft(file, newLine());
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft);
    syncFolder(file);
  }
}

/** A new key becomes the current one; the others stay in the file. */
export function addMasterKey(file: string): void {
  renameSync(writeDraft(file, newLine() + readFileSync(file, 'utf8')), file);
  syncFolder(file);
}

function writeDraft(file: string, text: string): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const descriptor = openSync(draft, 'wx', PRIVATE_FILE);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return draft;
}

function syncFolder(file: string): void {
  const descriptor = openSync(path.dirname(file), 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

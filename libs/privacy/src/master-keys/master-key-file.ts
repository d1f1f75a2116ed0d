import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { privateFolder } from '#sqlite';
import { makeFile, syncFolder, writeDraft } from '../durable-files.js';
import { MASTER_KEY_BYTES } from './master-keys.js';

const newLine = () => `${randomBytes(MASTER_KEY_BYTES).toString('hex')}\n`;

/** Of several processes one makes it. @returns whether it was made here */
export function makeMasterKeyFile(file: string): boolean {
  if (existsSync(file)) return false;
  privateFolder(path.dirname(file));
  return makeFile(file, newLine());
}

/** A new key becomes the current one; the others stay in the file. */
export function addMasterKey(file: string): void {
  renameSync(writeDraft(file, newLine() + readFileSync(file, 'utf8')), file);
  syncFolder(path.dirname(file));
}

import path from 'node:path';
import type { SubjectKeyStore } from '#privacy';
import { openSqliteRejectedRows } from '../sqlite/sqlite-rejected-rows.js';
import { isoNow } from '../time/iso-now.js';
import { type RejectedRows, rejectedRowsOver } from './rejected-rows.js';

export const rejectedRowsFile = (dataFolder: string): string => path.join(dataFolder, 'rejected-rows.sqlite');

/** Those of a data folder, for its imports and all processes of its API. @throws RejectedRowsUnavailable */
export const openRejectedRows = (dataFolder: string, keys: Pick<SubjectKeyStore, 'find' | 'ensure' | 'erase'>): RejectedRows =>
  rejectedRowsOver(openSqliteRejectedRows(rejectedRowsFile(dataFolder)), keys, isoNow);

import { createFileKeptOutside, openFileKeptOutside } from './kept-outside/file/file-kept-outside.js';
import { type KeptOutside, KeptOutsideUnavailable } from './kept-outside/kept-outside.js';
import { createMongoKeptOutside, openMongoKeptOutside } from './mongodb/mongo-kept-outside.js';

/**
 * `file:<folder>` or `mongodb://host:port/database`.
 * @returns undefined where there is none
 * @throws KeptOutsideUnavailable
 */
export const openKeptOutside = async (url: string): Promise<KeptOutside | undefined> =>
  isMongo(url) ? openMongoKeptOutside(url) : openFileKeptOutside(folderIn(url));

/** The same; of several processes one makes it where there is none. */
export const createKeptOutside = async (url: string): Promise<KeptOutside> =>
  isMongo(url) ? createMongoKeptOutside(url) : createFileKeptOutside(folderIn(url));

const isMongo = (url: string) => /^mongodb(\+srv)?:/.test(url);

function folderIn(url: string): string {
  const folder = /^file:(.+)$/.exec(url)?.[1];
  if (folder === undefined) throw new KeptOutsideUnavailable('unsupported store: use file:<folder> or mongodb://host:port/database');
  return folder.replace(/^\/\/(?=\/)/, '');
}

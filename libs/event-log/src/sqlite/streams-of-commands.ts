import { hash } from 'node:crypto';
import type Database from 'better-sqlite3';

/** The first 8 bytes of the SHA-256 of a command id, as SQLite keeps whole numbers. */
export function commandKey(commandId: string): bigint {
  return hash('sha256', commandId, 'buffer').readBigInt64BE();
}

/** A command that may be repeated belongs to the stream that its first event went to. */
export function createStreamsOfCommands(db: Database.Database) {
  const streamOf = db.prepare<[bigint], number>('SELECT stream_id FROM commands WHERE key = ?').pluck();
  const insert = db.prepare<[bigint, number]>('INSERT OR IGNORE INTO commands (key, stream_id) VALUES (?, ?)');
  const isIn = db
    .prepare<[number, string], number>("SELECT 1 FROM events WHERE stream_id = ? AND body ->> 'commandId' = ? LIMIT 1")
    .pluck();

  return {
    /** Keys are not quite unique, so what is found is looked at. */
    isElsewhere(commandId: string, streamId: number): boolean {
      const found = streamOf.get(commandKey(commandId));
      return found !== undefined && found !== streamId && isIn.get(found, commandId) !== undefined;
    },
    belongs(commandId: string, streamId: number): void {
      insert.run(commandKey(commandId), streamId);
    },
  };
}

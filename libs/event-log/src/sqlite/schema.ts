/** "LETO": says that an SQLite file is an event log of ours. */
export const APPLICATION_ID = 0x4c45544f;
export const SCHEMA_VERSION = 4;

/**
 * To which stream a command belongs that may be repeated. `key` is made of its id and 8 bytes long, since keys come in no order and
 * every append touches a page of its own here: the fewer pages, the better.
 */
const COMMANDS = 'CREATE TABLE commands (key INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL) STRICT;';

/**
 * `body` is the canonical JSON that `hash` was made over, so a file can be checked with nothing but SHA-256. The one index is
 * all that a stream needs: its head is the last entry. `body` stands last, so that looking at a type never loads a long row.
 */
export const SCHEMA = `
  CREATE TABLE streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE types (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    stream_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    type_id INTEGER NOT NULL,
    hash BLOB NOT NULL,
    body TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream_id, revision);
  ${COMMANDS}
  CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events BEGIN SELECT raise(ABORT, 'events are never changed'); END;
  CREATE TRIGGER events_are_never_deleted BEFORE DELETE ON events BEGIN SELECT raise(ABORT, 'events are never deleted'); END;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** From version 1, which knew the commands of a stream only. `command_key` is a function of the connection. */
const TO_VERSION_2 = `
  ${COMMANDS}
  INSERT OR IGNORE INTO commands (key, stream_id)
    SELECT command_key(body ->> 'commandId') AS key, stream_id FROM events WHERE body ->> 'commandHash' IS NOT NULL ORDER BY key, position;
`;

/**
 * How to come to each version from the one before it. Version 3 has the tables of version 2; its events are hashed and chained as an
 * earlier program would neither write nor verify them, so none may open it. In version 4 the personal fields of events are encrypted, which an
 * earlier program would take for absent.
 */
export const UPGRADES: Readonly<Record<number, string>> = { 2: TO_VERSION_2, 3: '', 4: '' };

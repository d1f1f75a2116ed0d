import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';

/** What this service keeps of a customer. Its own business is `contacts`, those with the customer; the rest tells how far it has come, and whether nothing is missing. */
export interface Customer {
  readonly id: string;
  /** `ce_sequence` of the last event. */
  readonly sequence: number;
  /** `ce_position` of the last event. */
  readonly position: string;
  readonly events: number;
  /** Rolling hash over these events, hex. */
  readonly hash: string;
  readonly contacts: number;
}

/** An event of a customer, as it stands in the topic. */
export interface CustomerEvent {
  readonly customerId: string;
  readonly type: string;
  readonly sequence: number;
  readonly position: string;
  readonly contentHash: string;
  /** Its shape depends on the type: see `/asyncapi.json`. */
  readonly data: { readonly direction?: string };
}

const nobody = { sequence: -1, events: 0, hash: '0'.repeat(64), contacts: 0 };

/** h(n) = SHA-256(h(n-1) followed by the content hash of event n). */
const rolled = (hash: string, contentHash: string): string =>
  createHash('sha256').update(Buffer.from(hash, 'hex')).update(Buffer.from(contentHash, 'hex')).digest('hex');

const contactsAfter = (contacts: number, { type, data }: CustomerEvent): number => {
  if (type === 'customer-erased') return 0;
  const tookPlace = type === 'contact-recorded' || type === 'contact-completed';
  return tookPlace && data.direction !== 'internal' ? contacts + 1 : contacts;
};

/** A SQLite file: what is in it survives a kill, and a batch of records is in it wholly or not at all. */
export const openState = (file: string) => {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.exec(`CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, position TEXT NOT NULL, events INTEGER NOT NULL, hash TEXT NOT NULL,
    contacts INTEGER NOT NULL, agreed INTEGER NOT NULL DEFAULT -1
  ) STRICT`);
  const find = db.prepare<[string], Customer>('SELECT * FROM customers WHERE id = ?');
  const put = db.prepare<[Customer]>(
    `INSERT INTO customers (id, sequence, position, events, hash, contacts) VALUES (:id, :sequence, :position, :events, :hash, :contacts)
     ON CONFLICT (id) DO UPDATE SET sequence = :sequence, position = :position, events = :events, hash = :hash, contacts = :contacts`,
  );
  const count = db.prepare<[], number>('SELECT count(*) FROM customers').pluck();
  const unproven = db.prepare<[], Customer>('SELECT * FROM customers WHERE agreed <> events');
  const agreed = db.prepare<[number, string]>('UPDATE customers SET agreed = ? WHERE id = ?');

  return {
    count: () => count.get() ?? 0,
    begin: db.transaction((customers: Iterable<Customer>) => {
      for (const customer of customers) put.run(customer);
    }),
    /** An event that is known already changes nothing, so a record that comes again does no harm. */
    apply: db.transaction((events: readonly CustomerEvent[]) => {
      for (const event of events) {
        const { customerId: id, sequence, position, contentHash } = event;
        const known = find.get(id) ?? nobody;
        if (sequence <= known.sequence) continue;
        const contacts = contactsAfter(known.contacts, event);
        put.run({ id, sequence, position, events: known.events + 1, hash: rolled(known.hash, contentHash), contacts });
      }
    }),
    /** Those who have changed since they were last found to agree. */
    unproven: () => unproven.all(),
    agreed: ({ id, events }: Customer) => void agreed.run(events, id),
    close: () => void db.close(),
  };
};

export type State = ReturnType<typeof openState>;

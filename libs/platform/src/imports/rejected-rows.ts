import { createCipheriv, createDecipheriv, createHmac, type KeyObject, randomBytes } from 'node:crypto';
import type { SubjectKeyStore } from '#privacy';

/** Of a row whose customers are not all known. */
export const UNKNOWN_CUSTOMER = '';

/** A row as a rejects file has it. */
export interface RejectedRow {
  /** Where it stood. */
  readonly file: string;
  readonly line: number;
  readonly row?: number;
  readonly reason: string;
  /** Names of its commands that were applied. */
  readonly applied: readonly string[];
  readonly original: Readonly<Record<string, unknown>>;
  readonly surplus: readonly string[];
  /** Everybody whom the row concerns, as the mapping says; `UNKNOWN_CUSTOMER` where it cannot say all. None: nobody known. */
  readonly customerIds?: readonly string[] | undefined;
}

/** An import of which rows are kept. */
export interface RejectedImport {
  /** As a rejects file names it. */
  readonly reference: string;
  readonly format: 'csv' | 'ndjson' | 'vcf';
  /** ISO 8601 in UTC: the key of the rows is destroyed then. The first one counts, as certificates may name it. */
  readonly until: string;
}

export interface KeptImport extends RejectedImport {
  readonly rows: number;
}

/** What remains of rows that may be of a customer whose rows are removed. */
export interface RemainingRows {
  /** Imports with rows of which not every customer is known; their keys are destroyed then. */
  readonly unknown: readonly Pick<KeptImport, 'reference' | 'until'>[];
  /** Files that rows of the customer, or of unknown ones, were written to. */
  readonly files: readonly string[];
}

/**
 * Rows that imports rejected, each encrypted under a key of its import. Safe for several processes at once; every call is durable when it
 * returns, and rejects with RejectedRowsUnavailable.
 */
export interface RejectedRows {
  /** In place of those of the same lines. Rows that concern a customer who was erased are left out, whichever comes first. */
  keep(of: RejectedImport, rows: readonly RejectedRow[]): Promise<void>;
  /** To be called before: these rows are written in plain text to a file, from which this program never removes them. */
  wrote(path: string, rows: readonly Pick<RejectedRow, 'customerIds'>[]): Promise<void>;
  imports(): Promise<readonly KeptImport[]>;
  /** In the order of their lines; none where the key is destroyed. */
  rowsOf(reference: string): AsyncIterable<RejectedRow>;
  /** Removes every row that concerns one of these customers, for good. */
  erase(customerIds: readonly string[]): Promise<void>;
  remaining(customerId: string): Promise<RemainingRows>;
  /** Destroys the keys of imports that are due, and removes their rows. @returns how many imports */
  expire(now: string): Promise<number>;
  close(): Promise<void>;
}

export class RejectedRowsUnavailable extends Error {
  override readonly name = 'RejectedRowsUnavailable';
}

/** As it is stored. */
export interface EncryptedRow {
  readonly id: string;
  readonly line: number;
  /** At least one. */
  readonly customerIds: readonly string[];
  readonly ciphertext: Buffer;
}

/** What an engine does: it sees no plaintext but ids of customers, and where rows were written to. */
export interface RejectedRowStore {
  put(of: RejectedImport, rows: readonly EncryptedRow[]): Promise<void>;
  wrote(path: string, customerIds: ReadonlySet<string>): Promise<void>;
  imports(): Promise<readonly KeptImport[]>;
  page(reference: string, after: { readonly line: number; readonly id: string } | undefined): Promise<readonly EncryptedRow[]>;
  erase(customerIds: readonly string[]): Promise<void>;
  remaining(customerId: string): Promise<RemainingRows>;
  due(now: string): Promise<readonly string[]>;
  drop(reference: string): Promise<void>;
  close(): Promise<void>;
}

const subjectOf = (reference: string): string => `secret-rejected-rows-${reference}`;
const customersOf = ({ customerIds = [] }: Pick<RejectedRow, 'customerIds'>): readonly string[] =>
  customerIds.length > 0 ? customerIds : [UNKNOWN_CUSTOMER];
const customerSubject = (customerId: string): string => `relationship-${customerId}`;

/** @param clock ISO 8601 in UTC */
export function rejectedRowsOver(
  store: RejectedRowStore,
  keys: Pick<SubjectKeyStore, 'find' | 'ensure' | 'erase'>,
  clock: () => string,
): RejectedRows {
  const keyOf = async (reference: string, look: 'find' | 'ensure'): Promise<KeyObject | undefined> => {
    const found = (await keys[look]([subjectOf(reference)])).get(subjectOf(reference));
    if (found !== undefined && 'error' in found) throw found.error;
    return found?.kind === 'key' ? found.key.key : undefined;
  };

  /** Without those of customers whose keys are destroyed: also of before this store had any row of them. */
  const withoutErased = async <Row extends Pick<RejectedRow, 'customerIds'>>(rows: readonly Row[]): Promise<readonly Row[]> => {
    const found = await keys.find([...new Set(rows.flatMap(customersOf))].map(customerSubject));
    return rows.filter((row) => customersOf(row).every((id) => found.get(customerSubject(id))?.kind !== 'erased'));
  };

  return {
    async keep(of, rows) {
      const kept = await withoutErased(rows);
      const key = kept.length === 0 ? undefined : await keyOf(of.reference, 'ensure');
      // Of an import whose rows were to be forgotten by now none is kept again.
      if (key === undefined) return;
      await store.put(
        of,
        kept.map((row) => encrypted(of.reference, row, key)),
      );
    },
    wrote: (path, rows) => store.wrote(path, new Set(rows.flatMap(customersOf))),
    imports: store.imports,
    async *rowsOf(reference) {
      const key = await keyOf(reference, 'find');
      if (key === undefined) return;
      for (let page = await store.page(reference, undefined); page.length > 0; page = await store.page(reference, page.at(-1))) {
        // In a store that was restored they may stand again.
        for (const row of await withoutErased(page)) yield opened(reference, row, key);
      }
    },
    erase: store.erase,
    remaining: store.remaining,
    async expire(now) {
      const due = await store.due(now);
      if (due.length > 0) await keys.erase(due.map(subjectOf), clock());
      for (const reference of due) await store.drop(reference);
      return due.length;
    },
    close: store.close,
  };
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const aadOf = (reference: string, id: string): Buffer => Buffer.from(`${reference} ${id}`);

function encrypted(reference: string, row: RejectedRow, key: KeyObject): EncryptedRow {
  const id = createHmac('sha256', key)
    .update(JSON.stringify([row.file, row.line, row.row]))
    .digest('base64url');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aadOf(reference, id));
  const parts = [nonce, cipher.update(JSON.stringify(row)), cipher.final(), cipher.getAuthTag()];
  return { id, line: row.row ?? row.line, customerIds: customersOf(row), ciphertext: Buffer.concat(parts) };
}

function opened(reference: string, { id, ciphertext }: EncryptedRow, key: KeyObject): RejectedRow {
  const end = ciphertext.length - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(aadOf(reference, id)).setAuthTag(ciphertext.subarray(end));
  const plaintext = Buffer.concat([decipher.update(ciphertext.subarray(NONCE_BYTES, end)), decipher.final()]);
  return JSON.parse(plaintext.toString()) as RejectedRow;
}

import { hash } from 'node:crypto';
import { QUANTITY_TOLERANCE } from '#relationship';
import { openScratchDatabase } from '#sqlite';
import { unavailable } from '../../terminal/cli-error.js';
import { RowProblem } from '../records/import-record.js';

interface Amount {
  readonly minor: number;
  readonly currency: string;
}

/** As a body says it, before anybody checked it. */
interface Line {
  readonly item?: unknown;
  readonly quantity?: unknown;
  readonly unitPrice?: Amount;
  readonly amount?: Amount;
}

/** What a return may be of. */
export interface Returnable {
  readonly purchaseId: string;
  /** It is returned by this row: once, however often the row comes. */
  take(row: string): void;
}

export interface PurchaseBook {
  /** A purchase, or the lines of one. One that is known stays as it is: rows may repeat it. */
  add(customer: string, body: object): void;
  /** That which the row has returned, if it comes again. @throws RowProblem if there is no purchase that the return may be of */
  find(row: string, customer: string, item: string, body: object): Returnable;
  /** Everything that the return may have been of when the file had fewer rows, the latest first. */
  all(customer: string, item: string, body: object): readonly Returnable[];
  close(): void;
}

interface Stored {
  readonly id: number;
  readonly purchaseId: string;
}

/**
 * The purchases of a file, for returns that name the item and not the purchase. A return is of a purchase before it, of the same customer and
 * item, of which as much is left as is returned, in quantity and in money: the latest of which exactly that quantity is left, else the latest.
 * A file may have millions of them, so what is not at hand is on disk.
 */
export function createPurchaseBook(): PurchaseBook {
  const db = openScratchDatabase();
  // `quantity` and `minor` are what was not returned yet; no amount where the file does not say it.
  db.exec(`
    CREATE TABLE bought (id INTEGER PRIMARY KEY, key INTEGER, purchaseId TEXT, quantity REAL, minor INTEGER, currency TEXT, returned INTEGER);
    CREATE UNIQUE INDEX by_key ON bought (key, purchaseId);
    CREATE TABLE taken (row INTEGER PRIMARY KEY, id INTEGER) WITHOUT ROWID`);
  const insert = db.prepare(
    'INSERT INTO bought (key, purchaseId, quantity, minor, currency, returned) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING',
  );
  const insertTaken = db.prepare('INSERT INTO taken (row, id) VALUES (?, ?) ON CONFLICT DO NOTHING');
  const takenBy = db.prepare<[bigint], Stored>('SELECT id, purchaseId FROM taken JOIN bought USING (id) WHERE taken.row = ?');
  const best = db.prepare<object, Stored>(`
    SELECT id, purchaseId FROM bought
    WHERE key = @key AND NOT returned AND quantity >= @quantity - ${QUANTITY_TOLERANCE}
      AND (@minor IS NULL OR minor IS NULL OR (currency = @currency AND minor >= @minor))
    ORDER BY (@exactly AND quantity <= @quantity + ${QUANTITY_TOLERANCE}) DESC, id DESC LIMIT 1`);
  const every = db.prepare<[bigint], Stored>('SELECT id, purchaseId FROM bought WHERE key = ? ORDER BY id DESC');
  const reduce = db.prepare(`
    UPDATE bought SET minor = minor - coalesce(@minor, 0), quantity = quantity - @quantity,
      returned = @whole OR quantity - @quantity <= ${QUANTITY_TOLERANCE} WHERE id = @id`);

  const returnable = ({ id, purchaseId }: Stored, returned: ReturnType<typeof valuesOf>): Returnable => ({
    purchaseId,
    take: (row) => onDisk(() => insertTaken.run(hashOf(row), id).changes > 0 && reduce.run({ ...returned, id })),
  });

  return {
    add(customer, body) {
      const { purchaseId, lines, ...whole } = body as Line & { readonly purchaseId: string; readonly lines?: readonly Line[] };
      for (const [item, of] of Map.groupBy(lines ?? [whole], (line) => String(line.item))) {
        const amount = of.map(amountOf).reduce(sum);
        const quantity = of.reduce((all, line) => all + piecesOf(line), 0);
        onDisk(() => insert.run(keyOf(customer, item), purchaseId, quantity, amount?.minor ?? null, amount?.currency ?? null));
      }
    },
    find(row, customer, item, body) {
      const returned = valuesOf(body);
      const found = onDisk(() => takenBy.get(hashOf(row)) ?? best.get({ ...returned, key: keyOf(customer, item) }));
      if (found) return returnable(found, returned);
      const { quantity, minor, exactly } = returned;
      throw new RowProblem(
        `no earlier purchase of ${JSON.stringify(item)} by this customer that was accepted from this file has ${exactly ? `${quantity}${minor === null ? '' : ` for ${minor} minor units`}` : 'anything'} left to return`,
      );
    },
    all: (customer, item, body) => onDisk(() => every.all(keyOf(customer, item))).map((stored) => returnable(stored, valuesOf(body))),
    close: () => db.close(),
  };
}

/** 8 bytes, so that the index of millions of them stays small. */
const hashOf = (text: string) => hash('sha256', text, 'buffer').readBigInt64BE();

const keyOf = (customer: string, item: string) => hashOf(`${customer} ${item}`);

/** What is wrong with the body is reported when its command is checked. */
function valuesOf(body: object) {
  const { quantity, amount, whole } = body as { readonly quantity?: unknown; readonly amount?: Partial<Amount>; readonly whole?: boolean };
  const { minor, currency } = amount ?? {};
  const known = typeof minor === 'number' && typeof currency === 'string';
  return {
    ...(typeof quantity === 'number' ? { quantity, exactly: 1 } : { quantity: 0, exactly: 0 }),
    ...(known ? { minor, currency } : { minor: null, currency: null }),
    whole: whole ? 1 : 0,
  };
}

const piecesOf = ({ quantity }: Line): number => (typeof quantity === 'number' ? quantity : 1);

const amountOf = (line: Line): Amount | undefined =>
  line.amount ?? (line.unitPrice && { ...line.unitPrice, minor: Math.round(line.unitPrice.minor * piecesOf(line)) });

/** Of two lines of one item; unknown where they have no sum. */
const sum = (one: Amount | undefined, other: Amount | undefined): Amount | undefined =>
  one && other && one.currency === other.currency ? { ...one, minor: one.minor + other.minor } : undefined;

function onDisk<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (typeof code !== 'string' || !code.startsWith('SQLITE_')) throw error;
    throw unavailable(
      `the purchases of the file cannot be kept for its returns (${message}); free space in the folder for temporary files, or set TMPDIR to another folder`,
    );
  }
}

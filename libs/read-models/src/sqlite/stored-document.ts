import type { DocumentsSpec } from '../collections.js';
import type { Position } from '../position.js';
import type { Scalar, StoredDocument } from '../read-model-store.js';

/** A row of `select`: key, position, body, then the fields in declared order. */
export function storedDocument<Body>({ fields }: DocumentsSpec, row: readonly unknown[]): StoredDocument<Body> {
  return {
    key: row[0] as string,
    position: row[1] as Position,
    fields: Object.fromEntries(fields.map((field, i) => [field, row[i + 3] as Scalar])),
    body: JSON.parse(row[2] as string) as Body,
  };
}

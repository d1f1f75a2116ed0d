import type { DocumentsSpec } from '../collections.js';
import type { Position } from '../position.js';
import type { Scalar, StoredDocument } from '../read-model-store.js';
import { bodyOf } from '../stored-body.js';

/** A row of `select`: key, position, body, then the fields in declared order. */
export function storedDocument<Body>({ fields }: DocumentsSpec, row: readonly unknown[]): StoredDocument<Body> {
  const key = row[0] as string;
  return {
    key,
    position: row[1] as Position,
    fields: Object.fromEntries(fields.map((field, i) => [field, row[i + 3] as Scalar])),
    body: bodyOf<Body>(key, row[2] as string),
  };
}

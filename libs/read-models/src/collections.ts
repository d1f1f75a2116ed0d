import { CollectionMismatch, InvalidName, UndeclaredField, UnknownCollection } from './errors.js';
import type { CollectionSpec, Scalar } from './read-model-store.js';

export type DocumentsSpec = Extract<CollectionSpec, { kind: 'documents' }>;

/** @throws InvalidName, UndeclaredField when an index names a field that is not declared */
export function checkSpec(spec: CollectionSpec): void {
  if (!/^[a-z][a-z0-9_]*$/.test(spec.name)) throw new InvalidName(spec.name);
  if (spec.kind === 'totals') return;
  for (const field of spec.fields) if (!/^[a-z][A-Za-z0-9]*$/.test(field) || field === 'key') throw new InvalidName(field);
  for (const field of spec.indexes.flat()) checkField(spec, field);
}

export function checkSame(existing: CollectionSpec, spec: CollectionSpec): void {
  if (canonical(existing) !== canonical(spec)) throw new CollectionMismatch(spec.name);
}

export function checkField(spec: DocumentsSpec, field: string): void {
  if (field !== 'key' && !spec.fields.includes(field)) throw new UndeclaredField(spec.name, field, spec.fields);
}

export function checkFields(spec: DocumentsSpec, fields: Readonly<Record<string, Scalar>>): void {
  for (const field in fields) if (!spec.fields.includes(field)) throw new UndeclaredField(spec.name, field, spec.fields);
}

export function documentsSpec(spec: CollectionSpec | undefined, name: string): DocumentsSpec {
  if (spec?.kind !== 'documents') throw new UnknownCollection(name);
  return spec;
}

export const indexColumns = (index: readonly string[]): readonly string[] => (index.includes('key') ? index : [...index, 'key']);

function canonical(spec: CollectionSpec): string {
  if (spec.kind === 'totals') return 'totals';
  return JSON.stringify([[...spec.fields].sort(), spec.indexes.map((fields) => fields.join()).sort()]);
}

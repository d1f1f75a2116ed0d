import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { v5 } from 'uuid';
import { createNamedIds } from './named-id.js';

const NAMESPACE = '5f0c3a52-7d8e-4f0b-9a43-0a2a6b6f2d11';
const idOf = createNamedIds(NAMESPACE);

describe('ids of names', () => {
  it('are UUIDs of version 5, as others make them', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => expect(idOf(name)).toBe(v5(name, NAMESPACE))));
    expect(idOf('[1,"é",null]')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('are made of Unicode alone', () => {
    expect(() => idOf('\ud800')).toThrow(URIError);
  });
});

import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { mappingSchema } from './mapping.js';

describe('the schema of a mapping', () => {
  it('is valid JSON Schema, as `letopis import` takes for granted', () => {
    expect(new Ajv2020({ discriminator: true }).validateSchema(mappingSchema)).toBe(true);
  });
});

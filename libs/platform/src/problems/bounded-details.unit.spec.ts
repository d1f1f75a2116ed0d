import { describe, expect, it } from '@jest/globals';
import { Rejection } from '#relationship';
import { boundedDetails } from './bounded-details.js';
import { Problem } from './problem.js';
import { problemOf } from './problem-of.js';

const sizeOf = (error: unknown) => JSON.stringify(problemOf(error).details).length;

describe('the details of a problem', () => {
  it('are as they are where they are of a usual size', () => {
    const errors = Array.from({ length: 50 }, (_, i) => ({ pointer: `/m${i}`, detail: 'must be a string' }));
    expect(problemOf(new Problem('invalid-body', '50 properties are invalid.', { errors })).details).toEqual({
      type: '/problems/invalid-body',
      title: expect.any(String),
      status: 422,
      detail: '50 properties are invalid.',
      errors,
    });
  });

  it('list errors up to a size, and count those that are left out', () => {
    const errors = Array.from({ length: 100_000 }, (_, i) => ({ pointer: `/m${i}`, detail: 'unknown property' }));
    const { details } = problemOf(new Problem('invalid-body', undefined, { errors }));
    expect(details.errors!.length + details.errorsLeftOut!).toBe(100_000);
    expect(details.errors).toEqual(errors.slice(0, details.errors!.length));
    expect(JSON.stringify(details).length).toBeLessThan(50_000);
    // Cut again, as an item of a bulk request is, nothing is forgotten.
    const item = boundedDetails(details, 1_500);
    expect(item.errors!.length + item.errorsLeftOut!).toBe(100_000);
    expect(JSON.stringify(item).length).toBeLessThan(4_000);
  });

  it('cut names, texts and whatever else tells of what was sent', () => {
    const long = 'ж'.repeat(1_000_000);
    expect(sizeOf(new Problem('invalid-body', long, { errors: [{ pointer: `/${long}`, detail: long }] }))).toBeLessThan(10_000);
    const faults = Array.from({ length: 5_000 }, (_, i) => ({ path: `m${i}`, message: 'is not known', [long]: long }));
    expect(sizeOf(new Rejection('policy-document-invalid', long, { faults }))).toBeLessThan(500_000);
    expect(problemOf(new Problem('invalid-body', `${'x'.repeat(3_999)}😀`)).details.detail!.isWellFormed()).toBe(true);
  });
});

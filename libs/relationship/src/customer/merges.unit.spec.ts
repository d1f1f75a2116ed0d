import { describe, expect, it } from '@jest/globals';
import { customer, given, happened, registered } from '#testing/relationship-specification.js';
import type { RelationshipEvent } from '../slices.js';
import { mergeInForce } from './merges.js';

const merged = (into: string): RelationshipEvent => ({ type: 'customer-merged', data: { into } });
const unmerged: RelationshipEvent = { type: 'customer-unmerged', data: { from: 'x' } };
const on = (day: number) => `2026-03-0${day}T00:00:00.000Z`;
const command = { name: 'correct-details', body: { field: 'segment', to: 'gold' } } as const;

describe('a merge', () => {
  it('is in force unless it was undone, whichever of the two the clocks put first', () => {
    const into = (...turns: readonly (string | null)[]) => mergeInForce(turns.map((each) => ({ into: each })))?.into;
    expect([into('a'), into('a', null), into(null, 'a')]).toEqual(['a', undefined, undefined]);
    expect([into('a', null, 'b'), into('a', 'b'), into('a', 'b', null), into(null)]).toEqual(['b', 'a', 'a', undefined]);
  });
  it('goes by when it was true in decisions, however it was recorded', () => {
    const accepted = { type: 'customer-details-corrected', data: { field: 'segment', to: 'gold' } } as const;
    given(registered, happened(merged('a'), on(2)), happened(unmerged, on(1)))
      .when(command)
      .decides(accepted);
    given(registered, happened(merged('b'), on(5)), happened(unmerged, on(3)), happened(merged('a'), on(1)))
      .when(command)
      .isRejected('customer-merged', { survivingCustomerId: 'b' });
    customer(unmerged).when(command).decides(accepted);
  });
});

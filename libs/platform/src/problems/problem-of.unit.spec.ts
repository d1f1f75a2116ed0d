import { describe, expect, it } from '@jest/globals';
import {
  AppendTooLarge,
  AppendUnknown,
  EventLogUnavailable,
  EventsWithheld,
  IdempotencyConflict,
  InvalidEvent,
  PositionUnknown,
  RevisionMismatch,
  WrongExpectedRevision,
} from '#event-log';
import { Rejection, rejections } from '#relationship';
import { Problem } from './problem.js';
import { problemPages } from './problem-catalogue.js';
import { problemOf } from './problem-of.js';

const told = (error: unknown) => {
  const { details, ours, retryAfter } = problemOf(error);
  return `${details.status} ${details.type} ${ours ? 'ours' : 'theirs'}${retryAfter === undefined ? '' : ` ${retryAfter}`}`;
};

describe('problemOf', () => {
  it('has one answer for every error that is known', () => {
    expect(
      [
        new Problem('rate-limited', undefined, {}, 3),
        new Rejection('deal-closed', 'The deal was won.'),
        new Rejection('of-a-newer-domain', 'x'),
        new RevisionMismatch('s', 1, 2),
        new IdempotencyConflict('s', 'c'),
        new EventsWithheld('s'),
        new WrongExpectedRevision('s', 1, 2),
        new InvalidEvent('t', [{ pointer: '/data/a', rule: 'must be b' }]),
        new EventLogUnavailable('the disk at /srv is full'),
        new AppendUnknown('disk I/O error'),
        new AppendTooLarge('s', 2, 1_048_576),
        new PositionUnknown('7', 'it is of another event log'),
        { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 },
        { status: 404 },
      ].map(told),
    ).toEqual([
      '429 /problems/rate-limited theirs 3',
      '409 /problems/deal-closed theirs',
      '409 /problems/of-a-newer-domain theirs',
      '412 /problems/revision-mismatch theirs',
      '422 /problems/idempotency-conflict theirs',
      '409 /problems/events-withheld theirs',
      '409 /problems/stream-contended theirs 1',
      '422 /problems/invalid-body theirs',
      '503 /problems/engine-unavailable ours 2',
      '503 /problems/append-unknown ours 2',
      '413 /problems/append-too-large theirs',
      '400 /problems/position-unknown theirs',
      '413 /problems/body-too-large theirs',
      '404 /problems/not-found theirs',
    ]);
  });

  it('says what would be right also where nothing but the kind is known, unless single errors do', () => {
    const details = (error: unknown) => problemOf(error).details;
    expect(details({ code: 'FST_ERR_CTP_INVALID_MEDIA_TYPE' }).detail).toBe('Send `Content-Type: application/json`.');
    expect(details(new Problem('not-authenticated')).detail).toContain('Authorization: Bearer');
    expect(details(new Problem('not-found', 'The views are a and b.')).detail).toBe('The views are a and b.');
    expect(details(new Problem('invalid-query', undefined, { errors: [{ pointer: 'asOf', detail: 'must be a day' }] }))).not.toHaveProperty(
      'detail',
    );
  });

  it('tells nothing of the inside', () => {
    for (const error of [
      new Error('password=secret at /srv/x'),
      new TypeError('secret'),
      'secret',
      null,
      new EventLogUnavailable('secret /srv/x'),
      new AppendUnknown('secret /srv/x'),
    ])
      expect(JSON.stringify(problemOf(error).details)).not.toMatch(/secret|srv/);
  });

  it('keeps what a rejection knows beside the standard members, and never in their place', () => {
    expect(
      problemOf(new Rejection('customer-merged', 'Merged.', { survivingCustomerId: 'c-2', status: 200, type: 'x' })).details,
    ).toMatchObject({
      type: '/problems/customer-merged',
      status: 410,
      survivingCustomerId: 'c-2',
    });
  });

  it('has a page for every code', () => {
    expect(problemPages.map(({ code }) => code)).toEqual(expect.arrayContaining(Object.keys(rejections)));
    expect(new Set(problemPages.map(({ code }) => code)).size).toBe(problemPages.length);
  });
});

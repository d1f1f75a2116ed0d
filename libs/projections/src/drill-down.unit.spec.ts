import { defaultPolicies } from '#relationship/read-side.js';
import { eventsBehind } from './drill-down.js';
import type { QueryContext, ViewReader } from './view-reader.js';

const contextOf = (reader: Partial<ViewReader>): QueryContext =>
  ({ reader, policies: defaultPolicies, now: '2026-02-01T00:00:00.000Z' }) as unknown as QueryContext;

describe('the work of one page of events behind a number', () => {
  it('is bounded by the series and customers that it looks at, and continues with the next page until all were looked at', async () => {
    const series = Array.from({ length: 2_500 }, (_, i) => `measure=losses|reason=r${String(i).padStart(5, '0')}|`);
    const looked: string[] = [];
    const context = contextOf({
      totals: async () => series.map((each) => ({ series: each, day: '2026-01-01', amount: 1 })),
      contributors: async (_, query) => {
        looked.push(query.series);
        return { customers: [] };
      },
    });
    const pages: number[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const before = looked.length;
      const page = await eventsBehind(context, {
        view: 'loss-reasons',
        series: 'measure=losses|',
        ...(cursor !== undefined && { cursor }),
      });
      pages.push(looked.length - before);
      cursor = page.next;
    }
    expect(pages).toEqual([1_000, 1_000, 500]);
    expect(looked).toEqual(series);
  });

  it('is bounded by the customers of one series', async () => {
    const asked: number[] = [];
    const context = contextOf({
      totals: async () => [{ series: 'measure=losses|', day: '2026-01-01', amount: 1 }],
      contributors: async (_, { limit, cursor = '0' }) => {
        asked.push(limit);
        return { customers: Array.from({ length: limit }, (_, i) => `c${Number(cursor) + i}`), next: String(Number(cursor) + limit) };
      },
      // Nobody adds anything any more, so nobody is listed.
      documents: async () => ({ documents: [] }),
    });
    const { contributors, next } = await eventsBehind(context, { view: 'loss-reasons', series: 'measure=losses|', limit: 100 });
    expect(contributors).toEqual([]);
    expect(next).toEqual(expect.any(String));
    expect(asked).toEqual(Array(10).fill(100));
  });

  it('is bounded by the series that are added and taken away; totals of one measure are read once', async () => {
    let reads = 0;
    const context = contextOf({
      totals: async () => {
        reads++;
        return [];
      },
    });
    const terms = (count: number) => Array.from({ length: count }, (_, i) => `measure=losses|reason=r${i}|`).join('+');
    await eventsBehind(context, { view: 'loss-reasons', series: terms(32) });
    expect(reads).toBe(1);
    await expect(eventsBehind(context, { view: 'loss-reasons', series: terms(33) })).rejects.toMatchObject({ parameter: 'series' });
  });
});

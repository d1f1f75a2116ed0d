import { expect, it } from '@jest/globals';
import type { DomainEvent } from '#event-log';
import { namedSince } from './named-customers.js';

it('a customer of whom an event was retracted since may be the curator’s again, or have work that is', async () => {
  const events = ['event-retracted', 'deal-won', 'deal-reopened'].map((type) => ({ type, stream: `relationship-${type}`, data: {} }));
  const log = {
    head: async () => '3',
    async *readAll({ types = [] }: { readonly types?: readonly string[] }) {
      yield events.filter(({ type }) => types.includes(type)) as unknown as DomainEvent[];
    },
  };
  expect([...(await namedSince(log as never, 'ann', '0' as never))]).toEqual(['event-retracted', 'deal-reopened']);
});

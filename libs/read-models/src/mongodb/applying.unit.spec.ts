import { expect, it } from '@jest/globals';
import type { Db } from 'mongodb';
import { ORIGIN } from '../position.js';
import { apply, workOf } from './applying.js';

it('without a transaction nothing is written before the collection named first, and nothing deleted before all else is written', async () => {
  const steps: string[] = [];
  const db = {
    collection: (name: string) => ({
      async bulkWrite(operations: readonly { readonly replaceOne?: { readonly replacement: { readonly gone?: Date } } }[]) {
        const what = `${operations[0]?.replaceOne?.replacement.gone ? 'delete' : 'write'} ${name}`;
        steps.push(`${what} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        steps.push(`${what} ends`);
      },
    }),
  } as unknown as Db;
  const put = (collection: string, key: string) => ({ collection, key, position: ORIGIN, fields: {}, body: {} });
  const work = workOf({
    projection: 'p',
    position: 'unchanged',
    upserts: [put('blocks', 'a|1'), put('documents', 'a'), put('rows', 'a|r')],
    deletes: [
      { collection: 'rows', key: 'a|s' },
      { collection: 'blocks', key: 'a|2' },
      { collection: 'documents', key: 'a' },
    ],
    increments: [],
  });
  await apply(db, work, 1);
  expect(steps.slice(0, 2)).toEqual(['write blocks begins', 'write blocks ends']);
  expect(steps.slice(2, 6).sort()).toEqual(['write documents begins', 'write documents ends', 'write rows begins', 'write rows ends']);
  expect(steps.slice(6).sort()).toEqual(['delete blocks begins', 'delete blocks ends', 'delete rows begins', 'delete rows ends']);
});

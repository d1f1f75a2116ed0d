import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Workplace, workplace } from './letopis.js';

let place: Workplace;
beforeAll(() => {
  place = workplace();
});
afterAll(() => place.remove());

const column = (name: string) => ({ $column: name });
const mapping = (commands: readonly object[]) => JSON.stringify({ system: 'hr', source: { format: 'csv' }, commands });
const imported = async (file: string, ...more: readonly string[]) => {
  const { code, stdout } = await place.run('import', `${file}.csv`, '-m', `${file}.json`, '--json', ...more);
  return { code, ...(JSON.parse(stdout) as { readonly rejected: number; readonly eventsAppended: number; readonly rejects: string }) };
};
const ofType = async (type: string) => (await place.events()).filter((event) => event.type === type);

describe('a departure that is imported into a data folder', () => {
  it('hands everything over as one over HTTP does, and is rejected while anything is left, in a rehearsal too', async () => {
    place.file('staff.csv', 'customer,curator\nc-1,ann\nc-2,ann\nc-3,bea\n');
    place.file(
      'staff.json',
      mapping([
        { command: 'register-curator', once: true, target: column('curator'), body: {} },
        { command: 'register-customer', once: true, target: column('customer'), body: { kind: 'person' } },
        { command: 'assign-curator', target: column('customer'), body: { curatorId: column('curator') } },
        {
          command: 'open-deal',
          target: column('customer'),
          body: { dealId: 'd', curatorId: 'ann' },
          when: { column: 'curator', equals: 'bea' },
        },
      ]),
    );
    expect(await imported('staff')).toMatchObject({ code: 0, rejected: 0 });

    place.file('left.csv', 'who\nann\n');
    place.file('left.json', mapping([{ command: 'depart-curator', target: column('who'), body: { reason: 'left' } }]));
    expect(await imported('left', '--dry-run')).toMatchObject({ code: 1, rejected: 1, eventsAppended: 0 });
    const rejected = await imported('left');
    expect(rejected).toMatchObject({ code: 1, rejected: 1, eventsAppended: 0 });
    expect(readFileSync(path.resolve(place.folder, rejected.rejects), 'utf8')).toMatch(
      /curator-has-work.*still responsible for 3 customers and open items/,
    );

    place.file('heirs.csv', 'who,heir\nann,bea\n');
    place.file('heirs.json', mapping([{ command: 'depart-curator', target: column('who'), body: { to: column('heir') } }]));
    expect(await imported('heirs')).toMatchObject({ code: 0, rejected: 0 });
    expect(await ofType('curator-departed')).toMatchObject([{ data: { curatorId: 'ann' } }]);
    const moved = (await ofType('curator-assigned')).filter(({ data }) => data.formerCuratorId === 'ann');
    expect(moved.map(({ stream, data }) => [stream, data.curatorId])).toEqual([
      ['relationship-c-1', 'bea'],
      ['relationship-c-2', 'bea'],
    ]);
    expect(await ofType('deal-reassigned')).toMatchObject([{ data: { dealId: 'd', curatorId: 'bea', formerCuratorId: 'ann' } }]);
    const before = (await place.events()).length;
    expect(await imported('heirs')).toMatchObject({ code: 0, eventsAppended: 0 });
    expect(await place.events()).toHaveLength(before);
  });
});

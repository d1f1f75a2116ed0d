import { describe, it } from '@jest/globals';
import { specification } from '#testing/given-when-then.js';
import { usualContext } from '#testing/relationship-specification.js';
import type { DecisionContext } from '../kernel/decider.js';
import type { CuratorCommand } from './commands.js';
import { type Curator, decideCurator, evolveCurator, initialCurator } from './curator.js';
import type { CuratorFact } from './events.js';

const { given } = specification<Curator, CuratorCommand, CuratorFact, CuratorFact, DecisionContext>(
  { initialState: initialCurator, evolve: evolveCurator, decide: decideCurator },
  usualContext,
);
const registered: CuratorFact = { type: 'curator-registered', data: { curatorId: 'ann' } };
const departed: CuratorFact = { type: 'curator-departed', data: { curatorId: 'ann' } };
const register = { name: 'register-curator', body: { curatorId: 'ann' } } as const;
const depart = { name: 'depart-curator', body: {} } as const;

describe('a curator', () => {
  it('is registered', () => {
    const said = { displayName: 'Ann', supervisorId: 'sue', team: 'north' };
    given()
      .when({ name: 'register-curator', body: { curatorId: 'ann', ...said } })
      .decides({ type: 'curator-registered', data: { curatorId: 'ann', ...said } });
  });
  it('is not registered twice', () => given(registered).when(register).isRefused('curator-already-registered'));
  it('departs', () => {
    given(registered)
      .when({ name: 'depart-curator', body: { reason: 'moved' } })
      .decides({ type: 'curator-departed', data: { curatorId: 'ann', reason: 'moved' } });
  });
  it('departs once', () => given(registered, departed).when(depart).decidesNothing());
  it('may come back', () => given(registered, departed).when(register).decides(registered));
  it('that is unknown does not depart', () => given().when(depart).isRefused('curator-unknown'));
  it('does not depart in the future', () =>
    given(registered).when(depart, { occurredAt: '2027-01-01T00:00:00.000Z' }).isRefused('occurred-in-future'));
  it('is no business of customers', () =>
    given()
      .when(register, { actor: { kind: 'customer', id: 'c' } })
      .isRefused('not-for-customers'));
});

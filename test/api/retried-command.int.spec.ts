import fc from 'fast-check';
import { IdempotencyConflict, openEventLog } from '#event-log';
import {
  type CommandAnswer,
  type CommandRequest,
  type CommandService,
  createCommandService,
  createFingerprints,
  createIds,
  openReferences,
  Problem,
  plainIds,
} from '#platform';
import { eventCatalogue } from '#platform/events/current-events.js';
import { commandCatalogue, Rejection } from '#relationship';
import { type Asked, arbitraryCommand } from './arbitrary-command.js';

const step = fc.record({
  asked: arbitraryCommand,
  by: fc.constantFrom('key' as const, 'source' as const),
  kind: fc.constantFrom('supervisor' as const, 'import' as const),
  /** Who requests an erasure does not confirm it. */
  actor: fc.constantFrom('spec', 'other'),
  /** Which of two processes takes it. */
  process: fc.nat(1),
  /** Which of the commands that were accepted so far is sent again after it. */
  again: fc.nat(),
});

const registrations = [
  ...['c1'].map((customerId) => ({ name: 'register-customer', body: { customerId, kind: 'person' } })),
  ...['ann', 'bea'].map((curatorId) => ({ name: 'register-curator', body: { curatorId } })),
];

/** One who is erased, of whom a receipt is due from `spec`. */
const erasure = [
  { name: 'register-customer', body: { customerId: 'c3', kind: 'person' } },
  { name: 'register-subscriber', body: { subscriberId: 'spec', contact: 'one', deadlineDays: 1 } },
  { name: 'disclose-publishing-key', targetId: 'c3', body: { subscriberId: 'spec', keyId: 'one' } },
  { name: 'request-erasure', targetId: 'c3', body: {} },
  { name: 'confirm-erasure', targetId: 'c3', body: {}, actor: { kind: 'system', id: 'other' } },
  { name: 'erase-customer', targetId: 'c3', body: {} },
] as const;

const mayChangeNothing = [
  ...['add-identifier', 'correct-details', 'grant-consent', 'withdraw-consent', 'record-acquisition', 'enter-stage'],
  ...['change-deal-value', 'reschedule-contact', 'depart-curator'],
];

const fingerprints = createFingerprints(async () => ({ id: '1f0c2a9b', bytes: Buffer.alloc(32, 7) }));

interface Accepted {
  readonly request: CommandRequest;
  readonly answer: CommandAnswer;
}

/** What is corrected has to be recorded before: with what it was recorded by, perhaps of another instant. */
const ofWhatHappened = (asked: Asked, known: readonly Accepted[], pick: number): Asked => {
  if (!('eventId' in (asked.body as object))) return asked;
  const alike = known.filter(({ request, answer }) => request.targetId === asked.targetId && answer.events.length === 1);
  const { request, answer } = alike[pick % alike.length] ?? {};
  const data = asked.name === 'correct-event' && { data: request?.body };
  return answer === undefined ? asked : { ...asked, body: { ...(asked.body as object), eventId: answer.events[0], ...data } };
};

describe('a command that is sent again', () => {
  it('appends nothing and is answered as the first time, whatever others did in between and whichever process it comes to', async () => {
    const accepted = new Set<string>();
    const changedNothing = new Set<string>();

    const live = async (steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]) => {
      const log = await openEventLog('memory:', { registry: eventCatalogue });
      const closing: (() => Promise<void>)[] = [];
      const openProcess = async (): Promise<CommandService> => {
        const references = await openReferences(log, (error) => {
          throw error;
        });
        closing.push(() => references.close());
        return createCommandService({
          log,
          references,
          fingerprints,
          derivedIds: async () => plainIds,
          clock: () => '2026-11-22T12:00:00.000Z',
          newId: createIds(),
        });
      };
      const again = async (service: CommandService, { request, answer }: Accepted) => {
        const head = await log.head();
        expect(await service.execute(request)).toEqual({ ...answer, replayed: true });
        const other = { ...request, occurredAt: '2026-03-01T00:00:00.000Z' };
        await expect(service.execute(other)).rejects.toThrow(IdempotencyConflict);
        expect(await log.head()).toBe(head);
      };

      const processes = [await openProcess(), await openProcess()];
      const known: Accepted[] = [];
      for (const one of [...registrations, ...erasure])
        await processes[0]!.execute({ keyScope: 'spec', actor: { kind: 'system', id: 'spec' }, ...one });
      for (const [n, { asked, by, kind, actor, process, again: pick }] of steps.entries()) {
        const identity = by === 'key' ? { idempotencyKey: `key-${n}` } : { source: { system: 'spec', id: `row-${n}` } };
        const request: CommandRequest = {
          ...ofWhatHappened(asked, known, pick),
          ...identity,
          keyScope: 'spec',
          actor: { kind, id: actor },
        };
        try {
          const answer = await processes[process]!.execute(request);
          expect(answer.replayed).toBe(false);
          known.push({ request, answer });
          accepted.add(request.name);
          if (answer.events.length === 0) changedNothing.add(request.name);
        } catch (error) {
          if (!(error instanceof Rejection || error instanceof Problem)) throw error;
        }
        if (known.length > 0) await again(processes[1 - process]!, known[pick % known.length]!);
      }
      const third = await openProcess();
      for (const one of known) await again(third, one);
      for (const close of closing) await close();
      await log.close();
    };

    const missing = () => [
      ...commandCatalogue.map(({ name }) => name).filter((name) => !accepted.has(name)),
      ...mayChangeNothing.filter((name) => !changedNothing.has(name)).map((name) => `${name} that changes nothing`),
    ];
    // What was never accepted was not shown to hold, so it goes on until every command was.
    for (let batch = 1; batch === 1 || (batch <= 20 && missing().length > 0); batch++)
      await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 300, maxLength: 400 }), live), { numRuns: 8 });
    expect(missing()).toEqual([]);
  });
});

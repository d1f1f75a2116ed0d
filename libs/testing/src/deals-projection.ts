import type { Contribution, Projection, Row } from '#projections/projection.js';
import { RELATIONSHIP } from '#relationship/streams.js';

/** A small view with everything that a view can have, for tests and benchmarks of what feeds views. */
export interface DealsDocument {
  readonly customerId: string;
  readonly deals: Readonly<
    Record<string, { readonly stage: string; readonly value: number; readonly since: string; readonly events: readonly string[] }>
  >;
}

type Data = { readonly deal: string; readonly stage?: string; readonly value?: number };

export interface DealsOptions {
  readonly name?: string;
  readonly version?: number;
  /** Called before each event is applied; may throw. */
  readonly before?: (eventId: string) => void;
  /** Worth of a value, to tell one version from another. */
  readonly factor?: number;
}

export function dealsProjection({
  name = 'deals',
  version = 1,
  before = () => undefined,
  factor = 1,
}: DealsOptions = {}): Projection<DealsDocument> {
  return {
    name,
    category: RELATIONSHIP,
    version,
    handles: ['deal-opened', 'deal-moved', 'deal-cancelled', 'note-taken'],
    policies: ['cadence'],
    document: {
      init: (customerId) => ({ customerId, deals: {} }),
      apply(document, event) {
        before(event.id);
        const { deal, stage = 'lead', value = 0 } = event.data as Data;
        const { [deal]: known, ...others } = document.deals;
        if (event.type === 'note-taken') return document;
        if (event.type === 'deal-cancelled') return known ? { ...document, deals: others } : document;
        const since = event.occurredAt.slice(0, 10);
        const next = { stage, value: value || (known?.value ?? 0), since, events: [...(known?.events ?? []), event.id] };
        return { ...document, deals: { ...document.deals, [deal]: next } };
      },
      indexes: [['open']],
      fields: ({ deals }) => ({ open: Object.keys(deals).length, first: Object.keys(deals).sort()[0] ?? null }),
    },
    rows: {
      indexes: [['stage', 'value']],
      derivations: [
        {
          of: ({ customerId, deals }) =>
            Object.entries(deals).map(
              ([deal, { stage, value }]): Row => ({
                key: `${customerId}|${deal}`,
                fields: { stage, value, more: 1 },
                body: { deal, value },
              }),
            ),
        },
      ],
    },
    entries: {
      fields: ['type', 'id'],
      of: ({ id, type, stream, revision }) => [
        { key: `${stream.slice('relationship-'.length)}|${String(revision).padStart(9, '0')}`, fields: { type, id } },
      ],
    },
    contributions: [
      {
        items: ({ deals }) => [Object.values(deals)],
        of: (_, policies, { stage, value, since, events }: DealsDocument['deals'][string]): readonly Contribution[] => [
          { series: { measure: 'open', stage }, day: since, amount: 1, events },
          { series: { measure: 'open', stage }, day: '2030-01-01', amount: -1, events },
          { series: { measure: 'value' }, day: since, amount: value * factor * policies.cadence.length, events },
        ],
      },
    ],
  };
}

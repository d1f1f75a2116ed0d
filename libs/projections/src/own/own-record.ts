import type { Audience, DomainEvent, EventLog, Withdrawals } from '#event-log';
import { ORIGIN } from '#event-log/event-log.js';
import { mustBeUnderstood } from '#event-log/not-understood.js';
import type { StoredDocument } from '#read-models';
import { isRetraction, relationshipStream } from '#relationship/read-side.js';
import { cardProjection } from '../card/projection.js';
import { countingEvents } from '../counting.js';
import { deskProjection } from '../desk/projection.js';
import { ladderProjection } from '../ladder/projection.js';
import type { Entry, Projection } from '../projection.js';
import { entriesAskedFor } from '../runner/entries.js';
import { timelineProjection } from '../timeline/projection.js';
import type { EntriesQuery } from '../view-reader.js';

/** Views that a customer reads of the own record. */
const views = [cardProjection, deskProjection, ladderProjection, timelineProjection] as readonly Projection[];

interface Folded {
  readonly documents: Map<string, { readonly revision: number }>;
  readonly entries: Map<string, Entry[]>;
}

const nothing = (): Folded => ({ documents: new Map(), entries: new Map() });

/**
 * The record of one customer as an audience sees it: its views are folded from what is left of its events. So nothing that is hidden reaches a
 * number, a list or a filter, and a view that learns a new field shows it only if the field of the event is shown.
 */
export class OwnRecord {
  private readonly withdrawals: Withdrawals = new Map();
  private folded = nothing();
  /** An event changed what is to be shown of earlier ones, or which of them count, so what was folded of them is not right any more. */
  private outdated = false;
  private following = Promise.resolve();
  private position = ORIGIN;
  /** Of the last event that was looked at, shown or not; −1 where there is none. */
  revision = -1;

  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly audience: Audience,
    private readonly customerId: string,
  ) {}

  /** Takes in what was appended until now. @throws EventNotUnderstood */
  refresh(): Promise<void> {
    this.following = this.following.catch(() => undefined).then(() => this.follow());
    return this.following;
  }

  /** What is shown of events of the stream, none of them later than the last refresh. */
  shown(events: readonly DomainEvent[]): readonly DomainEvent[] {
    return events.flatMap((event) => (event.revision > this.revision ? [] : (this.audience.shown(this.withdrawals, event) ?? [])));
  }

  /** @throws Error for a view that no customer reads */
  document<Document>(view: string): StoredDocument<Document> | undefined {
    if (!views.some(({ name }) => name === view)) throw new Error(`the view ${view} is not available to customers`);
    const document = this.folded.documents.get(view);
    if (!document) return undefined;
    const body = { ...document, revision: this.revision } as Document;
    return { key: this.customerId, position: this.position, fields: {}, body };
  }

  entries(view: string, query: EntriesQuery): readonly Entry[] {
    return entriesAskedFor(this.folded.entries.get(view) ?? [], query);
  }

  private async follow(): Promise<void> {
    const stream = relationshipStream(this.customerId);
    for await (const batch of this.log.readStream(stream, { from: this.revision + 1 })) {
      for (const event of batch) {
        mustBeUnderstood(event);
        if (this.audience.note(this.withdrawals, event) || isRetraction(event)) this.outdated = true;
        this.enter(this.folded, event);
        if (!this.outdated) this.fold(this.folded, event);
        this.revision = event.revision;
        this.position = event.position;
      }
    }
    if (!this.outdated) return;
    const refolded = nothing();
    const events: DomainEvent[] = [];
    for await (const batch of this.log.readStream(stream, { to: this.revision })) events.push(...batch);
    for (const event of events) this.enter(refolded, event);
    for (const event of countingEvents(events)) this.fold(refolded, event);
    this.folded = refolded;
    this.outdated = false;
  }

  private fold({ documents }: Folded, event: DomainEvent): void {
    const shown = this.audience.shown(this.withdrawals, event);
    if (!shown) return;
    for (const { name, handles, document } of views) {
      if (!document || !handles.includes(event.type)) continue;
      const before = documents.get(name) ?? document.init(this.customerId);
      documents.set(name, document.apply(before, shown) as { revision: number });
    }
  }

  private enter({ entries }: Folded, event: DomainEvent): void {
    const shown = this.audience.shown(this.withdrawals, event);
    if (!shown) return;
    for (const { name, handles, entries: entry } of views) {
      if (!entry || !handles.includes(event.type)) continue;
      const all = entries.get(name) ?? [];
      all.push(...entry.of(shown));
      entries.set(name, all);
    }
  }
}

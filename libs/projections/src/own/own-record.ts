import type { Audience, DomainEvent, EventLog, Withdrawals } from '#event-log';
import { ORIGIN } from '#event-log/event-log.js';
import { mustBeUnderstood } from '#event-log/not-understood.js';
import type { StoredDocument } from '#read-models';
import { isRetraction, relationshipStream } from '#relationship/read-side.js';
import { cardProjection } from '../card/projection.js';
import { countingEvents, isHalf } from '../counting.js';
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
  private withdrawals: Withdrawals = new Map();
  /** By id, of each retraction and each retracted event, what is shown of it; undefined where it is hidden. */
  private corrections: ReadonlyMap<string, DomainEvent | undefined> = new Map();
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
    return events.flatMap((event) => (event.revision > this.revision ? [] : (this.seen(event) ?? [])));
  }

  /**
   * What is shown of the events that count now, of those recorded by an instant: what was retracted later is not shown as known then either, nor
   * is what took its place.
   */
  async history(knownAt = '~'): Promise<readonly DomainEvent[]> {
    const events = await this.read();
    const known = new Set(events.flatMap(({ id, recordedAt }) => (recordedAt <= knownAt ? [id] : [])));
    return this.shown(countingEvents(events).filter((event) => !isRetraction(event) && known.has(event.id)));
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
    const events = await this.read();
    const counting = countingEvents(events);
    this.noteAgain(events, counting);
    for (const event of events) this.enter(refolded, event);
    for (const event of counting) this.fold(refolded, event);
    this.folded = refolded;
    this.outdated = isHalf(events.at(-1));
  }

  private async read(): Promise<readonly DomainEvent[]> {
    const events: DomainEvent[] = [];
    for await (const batch of this.log.readStream(relationshipStream(this.customerId), { to: this.revision })) events.push(...batch);
    return events;
  }

  /** Only what counts withdraws or gives again, and nobody is told of the correction of what is hidden. */
  private noteAgain(events: readonly DomainEvent[], counting: readonly DomainEvent[]): void {
    const ids = new Set(counting.map(({ id }) => id));
    const retracted = events.filter((event) => !ids.has(event.id) && !isRetraction(event));
    const withdrawals: Withdrawals = new Map();
    for (const event of counting) this.audience.note(withdrawals, event);
    for (const event of retracted) this.audience.note(withdrawals, event, false);

    const byId = new Map(events.map((event) => [event.id, event]));
    const isHidden = (id: string) => byId.has(id) && !this.audience.shown(withdrawals, byId.get(id)!);
    const corrections = new Map<string, DomainEvent | undefined>(retracted.map(({ id }) => [id, undefined]));
    for (const event of events.filter(isRetraction)) {
      const { replacedBy, ...data } = event.data;
      const shown = replacedBy === undefined || isHidden(replacedBy) ? { ...event, data } : event;
      corrections.set(event.id, isHidden(data.eventId) ? undefined : this.audience.shown(withdrawals, shown));
    }
    this.withdrawals = withdrawals;
    this.corrections = corrections;
  }

  private seen(event: DomainEvent): DomainEvent | undefined {
    if (isRetraction(event) || this.corrections.has(event.id)) return this.corrections.get(event.id);
    return this.audience.shown(this.withdrawals, event);
  }

  private fold({ documents }: Folded, event: DomainEvent): void {
    const shown = this.seen(event);
    if (!shown) return;
    for (const { name, handles, document } of views) {
      if (!document || !handles.includes(event.type)) continue;
      const before = documents.get(name) ?? document.init(this.customerId);
      documents.set(name, document.apply(before, shown) as { revision: number });
    }
  }

  private enter({ entries }: Folded, event: DomainEvent): void {
    const shown = this.seen(event);
    if (!shown) return;
    for (const { name, handles, entries: entry } of views) {
      if (!entry || !handles.includes(event.type)) continue;
      const all = entries.get(name) ?? [];
      all.push(...entry.of(shown));
      entries.set(name, all);
    }
  }
}

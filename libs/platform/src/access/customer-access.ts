import { LRUCache } from 'lru-cache';
import { type DomainEvent, type EventLog, ORIGIN, type Position, sharedHead } from '#event-log';
import type { CardDocument, ViewReader } from '#projections';
import { type CustomerAccess, effectiveEvents, evolveAccess, idEntries, isRetraction, noAccess, relationshipStream } from '#relationship';
import type { StreamChanges } from './stream-changes.js';

/** Who may open a customer, and the event beyond which that is not known. */
export interface KnownAccess {
  readonly access: CustomerAccess;
  readonly notUnderstood?: DomainEvent | undefined;
}

interface Known extends KnownAccess {
  /** Every event of the customer up to here is in it. */
  readonly upTo: Position;
}

/** What a card document has of it. */
type Carded = Pick<CardDocument, 'access' | 'revision' | 'hash'>;

/** Customers looked up at once. */
const SLICE = 64;
const MOST_CUSTOMERS = 20_000;
/** Planned contacts, promises and deals of all of them together. */
const MOST_ITEMS = 500_000;

/**
 * Who may open customers, as the log says it now. What a card document has of it spares the reading of all that came before; the events after
 * it always come from the log, so it does no harm that a view is behind, stands still, has no such document or was built from another log.
 */
export class CustomerAccesses {
  private readonly known = new LRUCache<string, Known>({
    max: MOST_CUSTOMERS,
    maxSize: MOST_CUSTOMERS + MOST_ITEMS,
    sizeCalculation: ({ access }) => 1 + idEntries(access.items).length,
  });

  private readonly head: () => Promise<Position>;

  constructor(
    private readonly log: Pick<EventLog, 'readStream' | 'head'>,
    private readonly reader: Pick<ViewReader, 'documents'>,
    /** Of customers; where a log is on a server, each stream that need not be read spares a round trip. */
    private readonly changes?: Pick<StreamChanges, 'mayHaveChanged'>,
  ) {
    this.head = sharedHead(log);
  }

  async of(customerId: string): Promise<KnownAccess> {
    return (await this.ofAll([customerId])).get(customerId) ?? { access: noAccess };
  }

  async ofAll(customerIds: readonly string[]): Promise<ReadonlyMap<string, KnownAccess>> {
    const head = await this.head();
    const ids = [...new Set(customerIds)];
    const all = new Map<string, KnownAccess>();
    for (let at = 0; at < ids.length; at += SLICE) {
      const slice = ids.slice(at, at + SLICE);
      const documents = await this.documentsOf(slice.filter((id) => !this.known.has(id)));
      const found = slice.map(async (id) => {
        const known = this.known.get(id) ?? (await this.ofThisLog(id, documents.get(id))) ?? { access: noAccess, upTo: ORIGIN };
        all.set(id, await this.atHead(id, known, head));
      });
      await Promise.all(found);
    }
    return all;
  }

  private async atHead(customerId: string, known: Known, head: Position): Promise<Known> {
    let { access, upTo } = known;
    const stream = relationshipStream(customerId);
    if (upTo < head && this.changes?.mayHaveChanged(stream, upTo, head) === false) upTo = head;
    if (upTo < head) {
      upTo = head;
      for await (const batch of this.log.readStream(stream, { after: known.upTo })) {
        const at = batch.findIndex((event) => event.notUnderstood !== undefined);
        // Not kept: it is looked for again, and may be understood then.
        if (at >= 0 && !batch.slice(0, at).some(isRetraction))
          return { access: batch.slice(0, at).reduce(evolveAccess, access), upTo: known.upTo, notUnderstood: batch[at] };
        // What was taken back may be of long before.
        if (batch.some(isRetraction)) return this.readAgain(customerId);
        access = batch.reduce(evolveAccess, access);
        const last = batch.at(-1)?.position;
        if (last !== undefined && last > upTo) upTo = last;
      }
    }
    const present = { access, upTo };
    this.known.set(customerId, present);
    return present;
  }

  private async readAgain(customerId: string): Promise<Known> {
    const events: DomainEvent[] = [];
    for await (const batch of this.log.readStream(relationshipStream(customerId))) events.push(...batch);
    const at = events.findIndex((event) => event.notUnderstood !== undefined);
    const access = effectiveEvents(at < 0 ? events : events.slice(0, at)).reduce(evolveAccess, noAccess);
    const known = { access, upTo: events.at(-1)?.position ?? ORIGIN };
    if (at >= 0) return { ...known, notUnderstood: events[at] };
    this.known.set(customerId, known);
    return known;
  }

  /** Unless the log, put back since, has another event or none where the document's last one was. */
  private async ofThisLog(customerId: string, document: Carded | undefined): Promise<Known | undefined> {
    if (document === undefined) return undefined;
    const { access, revision, hash } = document;
    for await (const [event] of this.log.readStream(relationshipStream(customerId), { from: revision, to: revision }))
      if (event?.hash === hash) return { access, upTo: event.position };
    return undefined;
  }

  /** Without those that there are no documents of, for whatever reason: the log knows as well, only not as fast. */
  private async documentsOf(customerIds: readonly string[]): Promise<ReadonlyMap<string, Carded>> {
    if (customerIds.length === 0) return new Map();
    const query = { where: { key: customerIds }, limit: customerIds.length };
    const page = await this.reader.documents<Carded>('card', query).catch(() => undefined);
    return new Map(page?.documents.map(({ key, body }) => [key, body]));
  }
}

import { type DomainEvent, type EventLog, mustBeUnderstood } from '#event-log';
import { type CustomerAccesses, type Identity, type KnownAccess, Problem, type Reference, readerOf } from '#platform';
import {
  type CatalogueEntry,
  type Curators,
  type CustomerAccess,
  concerningAccessOf,
  customerErased,
  effectiveEvents,
  evolveAccess,
  isIdOf,
  isRetraction,
  isScoped,
  mayOpen,
  noAccess,
  opaqueId,
  POLICY,
  type Reader,
  Rejection,
  relationship,
  relationshipStream,
} from '#relationship';

/** Policies that limit those who publish the others. */
const ofAdmins: ReadonlySet<string | undefined> = new Set(['masking', 'access-log', 'privacy', 'retention']);

/** A row of a list, about one customer. */
interface OfCustomer {
  readonly customerId: string;
}

/**
 * Which customers an identity may read: those that it may act on, as the log says now.
 * What is out of scope is answered as if it were not there.
 */
export class CustomerScope {
  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly accesses: CustomerAccesses,
    private readonly curators: Pick<Reference<Curators>, 'current'>,
    /** Now, ISO 8601 UTC with milliseconds. */
    private readonly clock: () => string,
    /** When customers were erased by what is kept outside backups, by stream: it counts whatever the log, restored, has forgotten. */
    private readonly keptErasures: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** @throws Problem `invalid-path`, `not-found`; EventNotUnderstood for whoever could open it before that event */
  async check(identity: Identity, customerId: string | undefined): Promise<void> {
    if (!isIdOf(relationship, customerId)) throw new Problem('invalid-path', `customerId is ${opaqueId.description}.`);
    const reader = this.readerOf(identity);
    if (!isScoped(reader)) return;
    const { access, notUnderstood } = await this.known(reader, customerId);
    if (!this.opens(access, reader, customerId)) throw new Problem('not-found');
    if (notUnderstood) mustBeUnderstood(notUnderstood);
  }

  /** For a customer whom the reader may open. @throws Rejection `customer-erased` with when, never by whom */
  async assertNotErased(customerId: string): Promise<void> {
    const stream = relationshipStream(customerId);
    const erasedAt = this.keptErasures.get(stream) ?? (await this.erasedAt(customerId, stream));
    if (erasedAt !== undefined) throw new Rejection('customer-erased', `The customer was erased at ${erasedAt}.`, { erasedAt });
  }

  private async erasedAt(customerId: string, stream: string): Promise<string | undefined> {
    if (!(await this.accesses.of(customerId)).access.erased) return undefined;
    for await (const batch of this.log.readStream(stream, { direction: 'backwards' })) {
      const erased = batch.find(({ type }) => type === customerErased.type);
      if (erased) return erased.occurredAt;
    }
    return undefined;
  }

  /**
   * Rejects a command for a customer out of scope before it is decided on: that costs the same whether the customer does not exist or has a long
   * history. Who may is decided again on the record itself. @throws Problem `invalid-path`, `not-found`, `not-allowed`
   */
  async checkTarget(identity: Identity, { aggregate, generatedId }: CatalogueEntry, targetId: string | undefined): Promise<void> {
    if (aggregate.category === POLICY && ofAdmins.has(targetId) && identity.role !== 'admin')
      throw new Problem('not-allowed', `The policy ${targetId} is published by admins, as it limits the other roles.`);
    const creates = generatedId === aggregate.idMember;
    if (aggregate.category === relationship.category && !creates) await this.check(identity, targetId);
  }

  /** Of the rows of a list those whose customers the identity may open now: a view may be behind, and rows of a day before are of that day. */
  async within<Row extends OfCustomer>(identity: Identity, rows: readonly Row[], now: string): Promise<readonly Row[]> {
    const reader = this.readerOf(identity, now);
    if (!isScoped(reader)) return rows;
    const all = await this.accesses.ofAll(rows.map(({ customerId }) => customerId));
    return rows.filter(({ customerId }) => {
      const { access, notUnderstood } = all.get(customerId) ?? { access: noAccess };
      return notUnderstood === undefined && this.opens(access, reader, customerId, now);
    });
  }

  readerOf(identity: Identity, now = this.clock()): Reader {
    return readerOf(identity, this.curators.current(), now);
  }

  async access(reader: Reader, customerId: string): Promise<CustomerAccess> {
    return (await this.known(reader, customerId)).access;
  }

  /** Of a customer's record nothing has to be known: it is the own one, or not. */
  private async known({ kind, leads }: Reader, customerId: string): Promise<KnownAccess> {
    return kind === 'curator' || leads ? this.accesses.of(customerId) : { access: noAccess };
  }

  opens(access: CustomerAccess, reader: Reader, customerId: string, now = this.clock()): boolean {
    return mayOpen(access, reader, { id: customerId, now });
  }

  /** Revision of the event by which the reader last lost the customer; undefined while that has not happened. */
  async lostAt(customerId: string, reader: Reader): Promise<number | undefined> {
    const read: DomainEvent[] = [];
    for await (const batch of this.log.readStream(relationshipStream(customerId))) read.push(...batch);
    const notUnderstood = read.findIndex((event) => event.notUnderstood !== undefined);
    const understood = notUnderstood < 0 ? read : read.slice(0, notUnderstood);
    const history = reader.leads ? understood : concerningAccessOf(understood, reader.id);
    let lost: number | undefined;
    // From one retraction to the next, the last ones first, as each begins with a fold from the start.
    for (let begin = history.length; begin > 0; ) {
      const end = begin;
      begin = Math.max(
        0,
        history.findLastIndex((event, at) => at < end && isRetraction(event)),
      );
      const first = history[begin]!;
      const next = begin + (isRetraction(first) && first.data.replacedBy !== undefined ? 2 : 1);
      let access = effectiveEvents(history.slice(0, next)).reduce(evolveAccess, noAccess);
      const opened = [this.opens(access, reader, customerId)];
      for (const event of history.slice(next, end)) {
        access = evolveAccess(access, event);
        opened.push(this.opens(access, reader, customerId));
      }
      const last = opened.lastIndexOf(true);
      if (last >= 0) return last + 1 < opened.length ? history[next + last]!.revision : lost;
      lost = first.revision;
    }
    return lost;
  }
}

import type { EventLog } from '#event-log';
import { actorOf, type CustomerAccesses, type Identity, Problem } from '#platform';
import {
  type Actor,
  type CatalogueEntry,
  type CustomerAccess,
  evolveAccess,
  isIdOf,
  isScoped,
  mayOpen,
  noAccess,
  opaqueId,
  relationship,
  relationshipStream,
} from '#relationship';

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
    /** Now, ISO 8601 UTC with milliseconds. */
    private readonly clock: () => string,
  ) {}

  /** @throws Problem `invalid-path`, `not-found` */
  async check(identity: Identity, customerId: string | undefined): Promise<void> {
    if (!isIdOf(relationship, customerId)) throw new Problem('invalid-path', `customerId is ${opaqueId.description}.`);
    const actor = actorOf(identity);
    if (isScoped(actor) && !this.opens(await this.access(actor, customerId), actor, customerId)) throw new Problem('not-found');
  }

  /**
   * Rejects a command for a customer out of scope before it is decided on: that costs the same whether the customer does not exist or has a long
   * history. Who may is decided again on the record itself. @throws Problem `invalid-path`, `not-found`
   */
  async checkTarget(identity: Identity, { aggregate, generatedId }: CatalogueEntry, targetId: string | undefined): Promise<void> {
    const creates = generatedId === aggregate.idMember;
    if (aggregate.category === relationship.category && !creates) await this.check(identity, targetId);
  }

  /** Of the rows of a list those whose customers the identity may open now: a view may be behind, and rows of a day before are of that day. */
  async within<Row extends OfCustomer>(identity: Identity, rows: readonly Row[], now: string): Promise<readonly Row[]> {
    const actor = actorOf(identity);
    if (!isScoped(actor)) return rows;
    const all = await this.accesses.ofAll(rows.map(({ customerId }) => customerId));
    return rows.filter(({ customerId }) => this.opens(all.get(customerId) ?? noAccess, actor, customerId, now));
  }

  /** Of a customer's record nothing has to be known: it is the own one, or not. */
  async access({ kind }: Actor, customerId: string): Promise<CustomerAccess> {
    return kind === 'curator' ? this.accesses.of(customerId) : noAccess;
  }

  opens(access: CustomerAccess, actor: Actor, customerId: string, now = this.clock()): boolean {
    return mayOpen(access, actor, { id: customerId, now });
  }

  /** Revision of the event by which the actor last lost the customer; undefined while that has not happened. */
  async lostAt(customerId: string, actor: Actor): Promise<number | undefined> {
    let [access, lost]: [CustomerAccess, number | undefined] = [noAccess, undefined];
    for await (const batch of this.log.readStream(relationshipStream(customerId))) {
      for (const event of batch) {
        access = evolveAccess(access, event);
        if (this.opens(access, actor, customerId)) lost = undefined;
        else lost ??= event.revision;
      }
    }
    return lost;
  }
}

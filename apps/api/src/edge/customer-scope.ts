import type { EventLog } from '#event-log';
import { type Identity, Problem } from '#platform';
import type { ViewReader } from '#projections';
import { curatorAssigned, customerRegistered, isIdOf, opaqueId, relationship, relationshipStream } from '#relationship';

/**
 * Which customers an identity may touch: a customer the own record, a curator the own portfolio, everyone else all.
 * What is out of scope is answered as if it were not there.
 */
export class CustomerScope {
  constructor(
    private readonly log: Pick<EventLog, 'readStream'>,
    private readonly reader: Pick<ViewReader, 'document'>,
  ) {}

  /** @throws Problem `invalid-path`, `not-found` */
  async check(identity: Identity, customerId: string | undefined): Promise<void> {
    // A command that makes a new customer has no target yet.
    if (customerId === undefined) return;
    if (!isIdOf(relationship, customerId)) throw new Problem('invalid-path', `customerId is ${opaqueId.description}.`);
    if (identity.role === 'customer' && identity.actorId !== customerId) throw new Problem('not-found');
    if (identity.role === 'curator' && !(await this.isCuratedBy(customerId, identity.actorId))) throw new Problem('not-found');
  }

  /** The card answers for nearly all; where it does not agree it may be behind, and the log decides. */
  private async isCuratedBy(customerId: string, curatorId: string): Promise<boolean> {
    const card = await this.reader.document<unknown>('card', customerId).catch(() => undefined);
    if (card?.fields.curatorId === curatorId) return true;
    return (await this.curatorInLog(customerId)) === curatorId;
  }

  /** Revision of the event by which the customer last went from this curator to another; absent while the curator has them. */
  async lostAt(customerId: string, curatorId: string): Promise<number | undefined> {
    let lost: number | undefined;
    for await (const { curator, revision } of this.curatorsInLog(customerId)) {
      if (curator === curatorId) lost = undefined;
      else lost ??= revision;
    }
    return lost;
  }

  private async curatorInLog(customerId: string): Promise<string | undefined> {
    let last: string | undefined;
    for await (const { curator } of this.curatorsInLog(customerId)) last = curator;
    return last;
  }

  /** After each event: the curator last assigned; until there is one, the curator who registered the customer. */
  private async *curatorsInLog(customerId: string) {
    let curator: string | undefined;
    let since = '';
    for await (const batch of this.log.readStream(relationshipStream(customerId))) {
      for (const event of batch) {
        if (event.type === customerRegistered.type && event.actor.kind === 'curator') curator ??= event.actor.id;
        const from = event.type === curatorAssigned.type ? (event.data as { readonly from: string }).from : undefined;
        if (from !== undefined && from >= since) {
          since = from;
          curator = (event.data as { readonly curatorId: string }).curatorId;
        }
        yield { curator, revision: event.revision };
      }
    }
  }
}

import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Position } from '#event-log';
import { type Identity, Problem } from '#platform';
import { ownContext, underPoliciesOf } from '#projections';
import { type StoredViewReader, ViewNotReady } from '#projections/runner/index.js';
import type { ApiServices } from '../api-services.js';
import type { CustomerScope } from '../edge/customer-scope.js';
import { type Ask, readsOf, type ViewAnswer, type ViewDefinition } from './view-definition.js';

/** Every view, on its way over the bus. */
export class AskView extends Query<ViewAnswer> {
  constructor(
    readonly definition: ViewDefinition,
    readonly ask: Pick<Ask, 'identity' | 'path' | 'query'> & { readonly minPosition: Position | undefined; readonly identity: Identity },
  ) {
    super();
  }
}

const LONGEST_WAIT_MS = 2_000;

const isOfOneCustomer = ({ path }: ViewDefinition): boolean => path.includes('/:customerId');

/** What is not built is answered from the log, which is never behind. */
const builtOf = async (reader: StoredViewReader, views: readonly string[]): Promise<readonly string[]> => {
  const isBuilt = (view: string) =>
    reader.collections(view).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ViewNotReady) return false;
        throw error;
      },
    );
  const built = await Promise.all(views.map(isBuilt));
  return views.filter((_, index) => built[index]);
};

@QueryHandler(AskView)
export class AskViewHandler implements IQueryHandler<AskView> {
  constructor(
    private readonly services: ApiServices,
    private readonly scope: CustomerScope,
  ) {}

  async execute({ definition, ask: { identity, path, query, minPosition } }: AskView): Promise<ViewAnswer> {
    const { reader, current: log, policies, clock } = this.services;
    const reads = readsOf(definition, path);
    if (minPosition !== undefined) {
      const head = await this.services.log.head();
      if (minPosition > head) throw new Problem('invalid-header', `Min-Position is beyond the log, which ends at ${head}.`);
      const awaited = isOfOneCustomer(definition) ? await builtOf(reader, reads) : reads;
      const there = await Promise.all(awaited.map((name) => reader.waitFor(name, minPosition, LONGEST_WAIT_MS)));
      if (there.includes(false)) {
        await Promise.all(awaited.map((name) => reader.collections(name)));
        throw new Problem('view-behind', undefined, {}, 1);
      }
    }
    return underPoliciesOf(reader, reads, policies.current, async (policies) => {
      const company = { reader, log, policies, now: clock() };
      const own = identity.role === 'customer' ? await this.services.own.of(identity.actorId) : undefined;
      const context = own ? ownContext(company, identity.actorId, own) : company;
      const within: Ask['within'] = (rows) => this.scope.within(identity, rows);
      return definition.answer({ identity, path, query, context, own, within, services: this.services });
    });
  }
}

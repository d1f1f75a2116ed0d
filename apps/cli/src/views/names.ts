import { list, object, text } from './table-of.js';
import { type ViewSource, viewNamed } from './view-source.js';

/** What people call those whom an answer names by id; who has no name here, or may not be asked for, keeps the id. */
export interface Names {
  curator(id: unknown): string;
  isCurator(id: unknown): boolean;
  /** Empty where it is not known. */
  customer(id: unknown): string;
  /** Asks for all customers whom an answer speaks of. */
  meet(body: unknown): Promise<void>;
}

/** As many as one request asks for. */
const AT_ONCE = 100;

export async function readNames(source: ViewSource): Promise<Names> {
  const curators = new Map(await curatorNames(source).catch(() => []));
  const customers = new Map<string, string>();
  return {
    curator: (id) => curators.get(text(id)) ?? text(id),
    isCurator: (id) => curators.has(text(id)),
    customer: (id) => customers.get(text(id)) ?? '',
    async meet(body) {
      const strangers = [...new Set(customerIdsIn(body))].filter((id) => !customers.has(id));
      for (let at = 0; at < strangers.length; at += AT_ONCE) {
        const found = await customerNames(source, strangers.slice(at, at + AT_ONCE)).catch(() => []);
        for (const [id, name] of found) customers.set(id, name);
      }
    },
  };
}

type Named = readonly (readonly [id: string, name: string])[];

async function curatorNames(source: ViewSource): Promise<Named> {
  const { body } = await source.ask(viewNamed('curators'), {}, {});
  return list(object(body).curators).map(({ curatorId, displayName }) => [text(curatorId), text(displayName) || text(curatorId)]);
}

async function customerNames(source: ViewSource, ids: readonly string[]): Promise<Named> {
  const { body } = await source.ask(viewNamed('find-customers'), {}, { customerId: ids.join(',') });
  return list(object(body).customers).map(({ customerId, displayName }) => [text(customerId), text(displayName)]);
}

function customerIdsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(customerIdsIn);
  return Object.entries(object(value)).flatMap(([name, member]) =>
    name === 'customerId' && typeof member === 'string' ? [member] : customerIdsIn(member),
  );
}

import {
  attitudeEvents,
  contactEvents,
  curationEvents,
  customerEvents,
  dealEvents,
  partnershipEvents,
  purchaseEvents,
} from '#relationship/facts.js';
import type { TimelineEntry } from './entry.js';

const specs: readonly { readonly type: string; readonly personal: readonly string[] }[] = [
  ...attitudeEvents,
  ...contactEvents,
  ...curationEvents,
  ...customerEvents,
  ...dealEvents,
  ...partnershipEvents,
  ...purchaseEvents,
];
const pointers = new Map(specs.map(({ type, personal }) => [type, personal.map((pointer) => pointer.slice(1).split('/'))]));

/** An entry without its personal fields: what the log may not have forgotten yet is not shown of who is erased. */
export const redacted = (entry: TimelineEntry): TimelineEntry => {
  const { name: _, ...actor } = entry.actor;
  const personal = pointers.get(entry.type) ?? [];
  return { ...entry, actor, data: personal.reduce(without, entry.data) };
};

function without(data: unknown, [member = '', ...inner]: readonly string[]): unknown {
  if (typeof data !== 'object' || data === null || !(member in data)) return data;
  const { [member]: dropped, ...others } = data as Record<string, unknown>;
  return inner.length === 0 ? others : { ...others, [member]: without(dropped, inner) };
}

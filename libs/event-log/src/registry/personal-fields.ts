import type { EventDefinition } from '../event-definition.js';
import type { DomainEvent } from '../event-log.js';
import { concretePointers, takenOut } from './pointers.js';

/** What a definition says of personal fields. */
export type PersonalDefinition = Pick<EventDefinition, 'personal' | 'personalWhere' | 'former'>;

/**
 * JSON pointers to the personal members that these data of a version have, with no `*` in them; none leads into what another leads to, nor
 * to an item of a list, so that what is taken out at some of them can be put back at them.
 */
export function personalFields(definition: PersonalDefinition, schemaVersion: number, data: unknown): readonly string[] {
  const former = definition.former?.[schemaVersion - 1];
  const { personal, personalWhere = {} } = former ? { personal: former.personal } : definition;
  return personal.flatMap((pointer) => (personalWhere[pointer]?.(data as never) === false ? [] : concretePointers(data, pointer)));
}

/** The event as the log has it once its subject is erased: the same where nothing in it is personal. */
export function withoutPersonal<Event extends Pick<DomainEvent, 'data'> & Partial<Pick<DomainEvent, 'schemaVersion' | 'actor'>>>(
  event: Event,
  definition: PersonalDefinition | undefined,
): Event {
  const pointers = definition ? personalFields(definition, event.schemaVersion ?? Number.POSITIVE_INFINITY, event.data) : [];
  const { name, ...actor } = event.actor ?? {};
  if (pointers.length === 0 && name === undefined) return event;
  return { ...event, ...(name !== undefined && { actor }), data: takenOut(event.data, pointers).left };
}

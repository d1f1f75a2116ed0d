import type { DomainEvent } from '#event-log';
import { withoutPersonal } from '#event-log/registry/personal-fields.js';
import { relationship } from '#relationship/relationship.js';

const definitions = new Map(relationship.events.map((definition) => [definition.type as string, definition]));

/** An event of a customer who was erased: the one place of views that takes personal fields away. */
export const impersonal = (event: DomainEvent): DomainEvent => withoutPersonal(event, definitions.get(event.type));

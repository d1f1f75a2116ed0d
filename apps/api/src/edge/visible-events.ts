import type { DomainEvent } from '#event-log';
import { eventCatalogue, type Identity } from '#platform';
import { publishedName } from '#streaming';
import { auditing } from './access.js';

/** Events that are not published, such as the memory of a command that changed nothing, are for the audit: nobody else is shown them. */
export const visibleTo = ({ role }: Pick<Identity, 'role'>): ((event: DomainEvent) => boolean) =>
  auditing.includes(role) ? () => true : (event) => publishedName(event, eventCatalogue.get(event.type)) !== null;

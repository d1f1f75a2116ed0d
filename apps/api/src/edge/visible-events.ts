import type { RecordedEvent } from '#event-log';
import { eventCatalogue, type Identity } from '#platform';
import { auditing } from './access.js';

/** Events that are not published, such as the memory of a command that changed nothing, are for the audit: nobody else is shown them. */
export const visibleTo = ({ role }: Pick<Identity, 'role'>): ((event: Pick<RecordedEvent, 'type'>) => boolean) =>
  auditing.includes(role) ? () => true : ({ type }) => eventCatalogue.get(type)?.published !== null;

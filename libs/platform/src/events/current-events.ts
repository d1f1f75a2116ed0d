import { atCurrentVersion, createEventCatalogue } from '#event-log';
import { eventDefinitions } from '#relationship/facts.js';

/** What is known of the events of the domain, for those who read. */
export const eventCatalogue = createEventCatalogue(eventDefinitions);

/** The log for everyone who looks into the data of its events: all at the version that the domain knows. */
export const currentEvents = <Log extends object>(log: Log): Log => atCurrentVersion(log, eventCatalogue);

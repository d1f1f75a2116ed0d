import { atCurrentVersion, createAudience, createEventCatalogue } from '#event-log';
import { eventDefinitions } from '#relationship/facts.js';

/** What is known of the events of the domain, for those who read. */
export const eventCatalogue = createEventCatalogue(eventDefinitions);

/** What a customer sees with an own key. */
export const customerAudience = createAudience('customer', eventDefinitions);

/** The log for everyone who looks into the data of its events: all at the version that the domain knows. */
export const currentEvents = <Log extends object>(log: Log): Log => atCurrentVersion(log, eventCatalogue);

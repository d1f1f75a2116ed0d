import { createAudience, createEventCatalogue } from '#event-log';
import { eventDefinitions } from '#relationship/read-side.js';

/** What is known of the events of the domain, for those who read. */
export const eventCatalogue = createEventCatalogue(eventDefinitions);

/** What a customer sees with an own key. */
export const customerAudience = createAudience('customer', eventDefinitions);

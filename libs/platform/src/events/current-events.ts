import { asOfErased, createAudience, createEventCatalogue, type DomainEvent, lacksPersonalFields } from '#event-log';
import { eventDefinitions } from '#relationship/read-side.js';

/** What is known of the events of the domain, for those who read. */
export const eventCatalogue = createEventCatalogue(eventDefinitions);

/** What a customer sees with an own key. */
export const customerAudience = createAudience('customer', eventDefinitions);

/** As the event of an erased subject is: for whoever does without personal fields, so that the lost key of one stops no other. */
export const withoutLost = (event: DomainEvent): DomainEvent =>
  lacksPersonalFields(event) ? eventCatalogue.upcast(asOfErased(event)) : event;

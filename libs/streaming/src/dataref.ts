/**
 * Where the API gives the value of a record that was too large for its topic; the header `ce_dataref` says so (CloudEvents extension
 * "dataref", a URI reference).
 */
export const DATAREF = 'ce_dataref';

export const eventValuePath = (stream: string, revision: number): string =>
  `/feeds/relationship-events/${encodeURIComponent(stream)}/${revision}`;

/** The card as it was after the customer's event of that revision. */
export const customerValuePath = (customerId: string, revision: number): string =>
  `/feeds/customers/${encodeURIComponent(customerId)}/${revision}`;

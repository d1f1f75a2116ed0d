import type { PolicyHistory } from '../policies/policy.js';

export type Role = 'curator' | 'supervisor' | 'auditor' | 'service' | 'customer' | 'admin' | 'subscriber';

/** Everything from outside that a decision may depend on. A decider never reads a clock or makes an id. */
export interface DecisionContext {
  /** ISO 8601 UTC with milliseconds. */
  readonly now: string;
  readonly occurredAt: string;
  /** `leads`: see `Reader`; for access alone. */
  readonly actor: { readonly kind: string; readonly id: string; readonly leads?: ((curatorId: string) => boolean) | undefined };
  readonly policies: PolicyHistory;
  /**
   * What is known of a curator id, and whether that curator was leaving or had departed at an instant. Before the registration a curator
   * counts as active: histories are often told before those who made them.
   */
  curator(id: string, instant: string): CuratorStatus;
  /** What is registered of a subscriber now; undefined where there is none of that id. */
  subscriber?(id: string): { readonly deadlineDays: number; readonly endedAt?: string } | undefined;
  /** Of the other customer that a command names, where its definition says so (`otherCustomer`). */
  readonly otherCustomer?: 'registered' | 'unknown' | 'same';
  /** Of the one decided event that another has to name. */
  readonly newEventId: string;
  /**
   * The body of a command that a command contains, checked as its own would be.
   * @param pointer where it stands
   * @throws what an invalid body is rejected with
   */
  readBody<Body extends object>(shape: new () => Body, given: Readonly<Record<string, unknown>>, pointer: string): Body;
}

/** An event as the log has it. */
export interface HistoryEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly revision: number;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly actor: { readonly kind: string; readonly id: string };
}

/** `departing`: customers and work are being handed to a successor; nothing more is given to the curator. */
export type CuratorStatus = 'unknown' | 'active' | 'departing' | 'departed';

/** A command after the edge: ids filled in, shape validated. */
export interface Command<Name extends string = string, Body = unknown> {
  readonly name: Name;
  readonly body: Body;
}

/**
 * One command of an aggregate. The HTTP routes, the OpenAPI page, the bulk endpoint, the import and the inbound topics are made from
 * these, so that all of them issue the same commands.
 */
export interface CommandDefinition<Name extends string = string, Body extends object = object> {
  /** kebab-case imperative, e.g. `record-contact`. */
  readonly name: Name;
  /** A class-validator class: the shape of the body, path parameters included except the id of the aggregate itself. */
  readonly body: new () => Body;
  /**
   * POST path, e.g. `/customers/:customerId/contacts/:contactId/complete`. Absent: processes alone issue it, and no route, item of the bulk
   * endpoint, mapping or message does.
   */
  readonly path?: string;
  /** The member that the edge fills with a new id when the client leaves it out. */
  readonly generatedId?: string;
  readonly summary: string;
  readonly roles: readonly Role[];
  /** Codes that it may be rejected with, besides those of every command of its aggregate. */
  readonly rejections: readonly string[];
  /** Whether a message over Kafka may ask for it; one that does not say so may not. */
  readonly inbound?: true;
  /** The member of the body that names another customer, who has to be registered. */
  readonly otherCustomer?: string;
  /** It is decided on all that was recorded, besides what comes of it. */
  readonly readsHistory?: true;
  /** May be answered before all is done that it asks for. */
  readonly unfinished?: true;
  /** Whoever is named as its `curatorId` gets open work by it, and may open the record meanwhile. */
  readonly givesWork?: true;
  /**
   * Says what is so from an instant on, so that a later one may say the same again and mean it: an import knows it by its own number, and
   * one that adds something for ever.
   */
  readonly setsState?: true;
  /** It is decided while processing of the customer is restricted (Art. 18 GDPR); `for-customers`: where the customer sends it. */
  readonly whileRestricted?: true | 'for-customers';
}

/** A command that is rejected: nothing is appended. `code` is stable and becomes the problem type. */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  constructor(
    /** kebab-case, e.g. `deal-closed`. */
    readonly code: string,
    /** What was wrong and what would be right; never personal data. */
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

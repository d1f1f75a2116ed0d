import type { Actor, Source } from '#event-log';

/** A command as it arrives at the edge, whichever edge. */
export interface CommandRequest {
  /** kebab-case, of the catalogue. */
  readonly name: string;
  /** Id of what the command is about, such as the customer; may be absent where the command makes a new one. */
  readonly targetId?: string | undefined;
  readonly body: unknown;
  /** ISO 8601 with a zone; now when absent. */
  readonly occurredAt?: string | undefined;
  /** Makes a repetition harmless; stands within `keyScope`. */
  readonly idempotencyKey?: string | undefined;
  /** Whose idempotency keys these are: the id of the API key, or of the import. */
  readonly keyScope: string;
  /** Without an idempotency key, the same source is the same command. */
  readonly source?: Source | undefined;
  /** Source under which an import knew the same command before imports had numbers: executed as that, it is repeated. */
  readonly formerly?: Source | undefined;
  readonly actor: Actor;
  /** Of a supervisor of one team: only its customers are reached. */
  readonly team?: string | undefined;
  /** A new one when absent. */
  readonly correlationId?: string | undefined;
  /** Id of the event by which the command is sent. */
  readonly causationId?: string | undefined;
  /** The revision that the client has seen. */
  readonly expectedRevision?: number | undefined;
  /**
   * `false`: where the command decides nothing, nothing is appended to remember it by. For an import alone, which remembers those commands itself.
   */
  readonly remember?: boolean | undefined;
  /** `false`: where the command would append events it is rejected instead. For an import alone. */
  readonly append?: boolean | undefined;
}

export interface CommandAnswer {
  readonly stream: string;
  /** Of the last event of the command, or of the one that remembers it where it decided nothing. */
  readonly position: string;
  readonly revision: number;
  /** The ids that the command was about, those made for it included: `customerId`, `contactId`, … */
  readonly ids: Readonly<Record<string, string>>;
  /** Ids of the events that the command decided; the same ones when it is repeated. */
  readonly events: readonly string[];
  readonly replayed: boolean;
  /** Curators whom the command lets open the customer, because it gives them work. */
  readonly opensTo?: readonly string[];
  /** Of a publication of the policy `retention`: how many customers it makes due at once. */
  readonly customersDue?: number;
  /** What the command asks for goes on; the same command again, or the address of the answer, tells when it is done. */
  readonly unfinished?: true;
}

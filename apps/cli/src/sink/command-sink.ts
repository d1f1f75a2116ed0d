import type { ForeignKeyIds } from './foreign-key-ids.js';
import type { ImportLog } from './import-log.js';

/** A command of one row, ready to be issued. */
export interface RowCommand {
  readonly name: string;
  /** Id of what the command is about, such as the customer. */
  readonly target: string;
  readonly body: object;
  readonly occurredAt?: string;
  /** Always the same for the same row, whichever way it goes: issuing it again changes nothing. */
  readonly source: { readonly system: string; readonly id: string };
  /** Id of the source under which it may have been issued before imports had numbers. */
  readonly formerly?: string;
  /** `false`: where it would append events, it is withheld. */
  readonly append?: boolean;
}

export type Outcome =
  | { readonly kind: 'applied'; readonly events: number }
  /** Executed before under the same command id. */
  | { readonly kind: 'repeated' }
  /** Accepted, but everything was so already. */
  | { readonly kind: 'unchanged' }
  /** Accepted, but it would append events and was not to. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string };

/** Where commands go: the data folder of this machine, a server, or a rehearsal. */
export interface CommandSink {
  /** Why the shape of a command is wrong, if it is: asked for all commands of a row before the first is executed. */
  problemOf(command: RowCommand): string | undefined;
  /** @throws CliError when the engine or the server cannot be used */
  execute(command: RowCommand): Promise<Outcome>;
  readonly imports: ImportLog;
  readonly foreignKeyIds: ForeignKeyIds;
  close(): Promise<void>;
}

import type { Failure } from './failure.js';
import type { Call } from './protocol.js';

/** What a read sends to its client, no faster than the client takes it. */
export interface Outgoing {
  /** Resolves when more may be sent. `onBlocked` is called again and again while the client takes nothing. */
  send(bytes: Uint8Array, onBlocked?: () => void): Promise<void>;
  /** Ends the call with status OK. */
  end(): void;
  fail(failure: Failure): void;
  /** Nothing more can be sent: it has ended, or the client has cancelled. */
  closed(): boolean;
  onClose(listener: () => void): void;
}

const BLOCKED_MS = 100;

export function createOutgoing(call: Call<'read'>): Outgoing {
  let closed = false;
  const listeners: (() => void)[] = [];
  let taken: () => void = () => undefined;
  function close(): void {
    if (closed) return;
    closed = true;
    for (const listener of listeners) listener();
    taken();
  }
  call.on('drain', () => taken());
  for (const event of ['cancelled', 'close', 'finish']) call.on(event, close);

  return {
    async send(bytes, onBlocked) {
      // The definition of the service that the server uses takes the bytes of an answer.
      if (closed || call.write(bytes as never)) return;
      const blocked = onBlocked && setInterval(onBlocked, BLOCKED_MS);
      await new Promise<void>((resolve) => {
        taken = resolve;
      });
      clearInterval(blocked);
    },
    end() {
      if (closed) return;
      close();
      call.end();
    },
    fail(failure) {
      if (closed) return;
      close();
      call.emit('error', failure);
    },
    closed: () => closed,
    onClose: (listener) => void listeners.push(listener),
  };
}

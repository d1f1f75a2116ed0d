import { type Fault, faults } from '#event-log/verifying/verify-event.js';

/** The brokers cannot be reached now, or do not let us in. */
export class StreamingUnavailable extends Error {
  override readonly name = 'StreamingUnavailable';
}

/** A topic is there and is not what the contract wants; nothing is sent until somebody puts it right. */
export class TopicMismatch extends Error {
  override readonly name = 'TopicMismatch';
}

/** Another relay of the same topics has taken over; going on would send everything twice. */
export class RelayFenced extends Error {
  override readonly name = 'RelayFenced';
  constructor() {
    super('another relay of the same topics has taken over');
  }
}

/** The log is another one than the relay published from, or an older state of it: going on would skip events or send them twice. */
export class CheckpointUnknown extends Error {
  override readonly name = 'CheckpointUnknown';
  constructor(event: string) {
    super(
      `the event log does not hold ${event}, which the relay published last: set EVENT_LOG_URL to that log or to a copy of it made by \`letopis copy-log\`, restore the events, or set another topic prefix to publish everything again`,
    );
  }
}

/** An event that was changed, moved or lost in the log. */
export class UnverifiedEvent extends Error {
  override readonly name = 'UnverifiedEvent';
  constructor(readonly fault: Fault) {
    const { position, stream, revision, codes } = fault;
    const problems = codes.map((code) => faults[code]).join('; ');
    super(`The event at position ${position}, revision ${revision} of ${stream}, does not verify: ${problems}.`);
  }
}

/** A message that is no CloudEvent as the contract wants it. */
export class InvalidMessage extends Error {
  override readonly name = 'InvalidMessage';
  constructor(
    /** Each names a header, or a JSON pointer into a structured message, and says what would be right; never the value. */
    readonly errors: readonly { readonly pointer: string; readonly detail: string }[],
  ) {
    super(errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; '));
  }
}

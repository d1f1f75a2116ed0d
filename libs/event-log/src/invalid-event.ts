/** What is wrong and where; never the value, which may be personal. */
export interface Problem {
  /** JSON pointer into the event. */
  readonly pointer: string;
  readonly rule: string;
}

/** An event that must not be appended. */
export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  constructor(
    readonly type: string,
    readonly problems: readonly Problem[],
  ) {
    super(`event ${type} is not valid: ${problems.map(({ pointer, rule }) => `${pointer || '/'} ${rule}`).join('; ')}`);
  }
}

/** A call of `append` that makes no sense whatever the log holds. */
export class InvalidAppend extends Error {
  override readonly name = 'InvalidAppend';
}

/** The engine cannot be reached, is full, or was opened only to be read. */
export class ReadModelsUnavailable extends Error {
  override readonly name = 'ReadModelsUnavailable';
}

/** Another process, or another part of this one, keeps these views up to date. */
export class ReadModelsHeld extends ReadModelsUnavailable {
  constructor(holder: string, options?: ErrorOptions) {
    super(`the views are kept up to date by ${holder}`, options);
  }
}

/** Another writer of the same projection has been at work since its checkpoint was read. */
export class CheckpointMoved extends Error {
  override readonly name = 'CheckpointMoved';
  constructor(
    readonly projection: string,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`${projection} is at ${found}, not at ${expected}: another projector has moved it`);
  }
}

/** The engine answers, but not with what was stored: somebody else was at it, or its disk is failing. */
export class UnreadableDocument extends Error {
  override readonly name = 'UnreadableDocument';
  constructor(
    readonly key: string,
    reason: string,
  ) {
    super(`a stored document cannot be read: ${reason}`);
  }
}

export class UnknownCollection extends Error {
  override readonly name = 'UnknownCollection';
  constructor(readonly collection: string) {
    super(`collection ${collection} is not declared`);
  }
}

export class CollectionMismatch extends Error {
  override readonly name = 'CollectionMismatch';
  constructor(readonly collection: string) {
    super(`collection ${collection} exists with another kind, other fields or other indexes`);
  }
}

export class InvalidName extends Error {
  override readonly name = 'InvalidName';
  /** `rejected` is the name that cannot be stored. */
  constructor(readonly rejected: string) {
    super(`${rejected} is not a valid name of a collection or a field`);
  }
}

export class UndeclaredField extends Error {
  override readonly name = 'UndeclaredField';
  constructor(
    readonly collection: string,
    readonly field: string,
    readonly declared: readonly string[],
  ) {
    super(`${collection} has no field ${field}; declared: ${declared.join(', ') || 'none'}`);
  }
}

/** The cursor is damaged, of another version, or of another query. */
export class InvalidCursor extends Error {
  override readonly name = 'InvalidCursor';
  constructor() {
    super('is not a cursor of this list; start again without cursor');
  }
}

export class InvalidQuery extends Error {
  override readonly name = 'InvalidQuery';
}

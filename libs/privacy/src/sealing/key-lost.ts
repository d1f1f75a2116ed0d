/** The log names a key of this subject that is not in the store, although nobody erased it. Nothing is appended, and no other key is made. */
export class KeyLost extends Error {
  override readonly name = 'KeyLost';
  constructor(
    readonly subject: string,
    cause?: Error,
  ) {
    super(
      cause
        ? `the key of ${subject} cannot be decrypted: ${cause.message}`
        : `the key of ${subject} is not in the store of subject keys; restore that store from its backup`,
      { cause },
    );
  }
}

/** Personal data would be appended of a subject whose key was destroyed. */
export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
  constructor(readonly subject: string) {
    super(`${subject} was erased`);
  }
}

import { EventLogUnavailable } from '#event-log';
import { DerivedIdsSecretLost } from '#platform/commands/derived-ids.js';
import { LogNotEncrypted } from '#platform/privacy/encrypt-log.js';
import { KeptOutsideMissing, KeptOutsideUnavailable, SubjectKeysMissing, SubjectKeysUnavailable } from '#privacy';

/** For which the thread of the commands does not start; each has an exit code. Subclasses before what they extend. */
export const startErrors = [
  EventLogUnavailable,
  LogNotEncrypted,
  KeptOutsideMissing,
  KeptOutsideUnavailable,
  SubjectKeysMissing,
  SubjectKeysUnavailable,
  DerivedIdsSecretLost,
] as const;

/** The error of this name, as another thread met it. */
export const startErrorOf = (name: string | undefined, message: string): Error => {
  const Known = startErrors.find((known) => known.name === name) ?? EventLogUnavailable;
  return new Known(message);
};

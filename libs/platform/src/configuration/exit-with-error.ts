import { EventLogUnavailable } from '#event-log';
import {
  KeptOutsideMissing,
  KeptOutsideUnavailable,
  MasterKeyMissing,
  MasterKeyUnavailable,
  SubjectKeysMissing,
  SubjectKeysUnavailable,
} from '#privacy';
import { ReadModelsUnavailable } from '#read-models';
import { StreamingUnavailable, TopicMismatch } from '#streaming';
import { AccessLogUnavailable } from '../access-log/access-log-store.js';
import { DerivedIdsSecretLost } from '../commands/derived-ids.js';
import { KeyStoreUnavailable } from '../identity/key-store.js';
import { LogNotEncrypted } from '../privacy/encrypt-log.js';
import { ConfigurationError } from './configuration.js';

/** After sysexits.h: 78 a wrong configuration, 75 an engine or address that may be free later, 70 anything else. */
export const exitCodeOf = (error: unknown): 70 | 75 | 78 => {
  if (
    error instanceof ConfigurationError ||
    error instanceof TopicMismatch ||
    error instanceof MasterKeyMissing ||
    error instanceof SubjectKeysMissing ||
    error instanceof DerivedIdsSecretLost ||
    error instanceof KeptOutsideMissing ||
    error instanceof LogNotEncrypted
  )
    return 78;
  if (
    error instanceof EventLogUnavailable ||
    error instanceof ReadModelsUnavailable ||
    error instanceof KeyStoreUnavailable ||
    error instanceof SubjectKeysUnavailable ||
    error instanceof MasterKeyUnavailable ||
    error instanceof AccessLogUnavailable ||
    error instanceof KeptOutsideUnavailable ||
    error instanceof StreamingUnavailable
  )
    return 75;
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return code === 'EADDRINUSE' || code === 'EADDRNOTAVAIL' || code === 'EACCES' ? 75 : 70;
};

/** Tells a person what is wrong, a program by the exit code. */
export const exitWithError = (error: unknown): never => {
  const code = exitCodeOf(error);
  console.error(code === 70 ? error : (error as Error).message);
  process.exit(code);
};

import { workerData } from 'node:worker_threads';
import { createEventRegistry, type EventLogUnavailable } from '#event-log';
// One by one: the API listens when this thread has loaded them.
import type { CommandRequest } from '#platform/commands/command-request.js';
import { createCommandService } from '#platform/commands/command-service.js';
import { DerivedIdsSecretLost } from '#platform/commands/derived-ids.js';
import { FingerprintKeyMissing, missingKeysOf, openFingerprints } from '#platform/commands/fingerprints.js';
import { createIds } from '#platform/commands/new-id.js';
import { KeyStoreUnavailable } from '#platform/identity/key-store.js';
import { createLogger, flushLogger } from '#platform/observability/logger.js';
import { meteredLog } from '#platform/observability/metered-log.js';
import { followErasures } from '#platform/privacy/follow-erasures.js';
import { openWritableLog } from '#platform/privacy/open-letopis-log.js';
import { openReferences } from '#platform/reference-data/references.js';
import { isoNow } from '#platform/time/iso-now.js';
import { eventDefinitions } from '#relationship';
import { startErrors } from './commands/start-errors.js';
import { answerHost, tellHost } from './threads/answering.js';
import type { CommandsReport, CommandsWorkerData, ThreadNews } from './threads/thread-messages.js';

/** As readiness names it among the missing keys. */
const LOST = 'derived-ids';

const { keyStoreUrl, logLevel, ...engines } = workerData as CommandsWorkerData;
const logger = createLogger(logLevel);
const registry = createEventRegistry(eventDefinitions);
let seconds: number[] = [];

const onUpgraded = (upgrade: object) => logger.info(upgrade, 'the event log was upgraded to the schema of this version');
const cannotStart = (error: unknown): never => {
  if (!startErrors.some((known) => error instanceof known)) throw error;
  const { message, name } = error as Error;
  tellHost({ cannotStart: message, error: name });
  process.exit(1);
};
const writable = openWritableLog({ ...engines, keyStoreUrl }, { registry, commitHere: true, onUpgraded });
const { log: opened, subjects, derivedIds } = await writable.catch(cannotStart);
const log = meteredLog(opened, { appended: (took) => void seconds.push(took) });
// Nothing is decided on rules that are no longer followed: this thread ends and is restarted.
const broken = (error: unknown) => {
  throw error;
};
const interrupted = (error: EventLogUnavailable) =>
  logger.error(
    { reason: error.message },
    'the event log is unavailable; commands are decided with policies and curators that may be outdated',
  );
const references = await openReferences(log, broken, interrupted);
const fingerprints = openFingerprints(keyStoreUrl, subjects);
const service = createCommandService({ log, references, fingerprints, derivedIds, clock: isoNow, newId: createIds() });
// Who alone writes the log has erased them itself.
const erasures = log.guarantees.oneWriter ? undefined : await followErasures(log, service.forget);

answerHost({
  answer: async (request) => JSON.stringify(await service.execute(JSON.parse(request as string) as CommandRequest)),
  newsWithAnswers() {
    const report: CommandsReport = { seconds };
    seconds = [];
    return { report } satisfies ThreadNews;
  },
  async stop() {
    await erasures?.close();
    await references.close();
    await log.close();
    await flushLogger(logger);
  },
});
tellHost('running');
// The first command need not wait for the key store then; where it is away, that command tells.
const found = await missingKeysOf(opened, fingerprints).then(
  (missingKeys): Partial<CommandsReport> => ({ missingKeys }),
  (error: Error): Partial<CommandsReport> => {
    if (!(error instanceof KeyStoreUnavailable)) return {};
    logger.error(
      { reason: error.message },
      'the fingerprint secret can be neither read nor created; commands with an idempotency key or a source are rejected until it can',
    );
    return { withoutSecret: true };
  },
);
const lost = await derivedIds().then(
  () => [],
  (error: Error) => {
    logger.error(
      { reason: error.message },
      'no ids can be derived; commands with an idempotency key or a source are rejected until they can',
    );
    return error instanceof DerivedIdsSecretLost ? [LOST] : [];
  },
);
for (const key of found.missingKeys ?? []) logger.error({ key }, new FingerprintKeyMissing(key).message);
tellHost({ report: { seconds: [], ...found, missingKeys: [...(found.missingKeys ?? []), ...lost] } satisfies CommandsReport });

import type { EventLog } from '#event-log';
import { type CommandService, importHashKey, problemOf } from '#platform';
import type { SubjectKeyStore } from '#privacy';
import { type PolicyHistory, streamOf } from '#relationship';
import { type ImportLog, isOfBefore } from './import-log.js';
import { codeOf, inSentence } from './problem-sentence.js';

/** Straight to the command service and the log of this process. */
export const inProcessImportLog = (
  service: CommandService,
  log: Pick<EventLog, 'readStream'>,
  base: Pick<EventLog, 'readAll'>,
  { policies, keys }: { policies(): PolicyHistory; readonly keys: Pick<SubjectKeyStore, 'ensure'> },
): ImportLog => ({
  shared: false,
  async *readBackwards(category, id) {
    for await (const batch of log.readStream(streamOf({ category }, id), { direction: 'backwards' })) yield* batch;
  },
  async hasFormerIds() {
    for await (const [first] of base.readAll({ limit: 1 })) return isOfBefore(first);
    return false;
  },
  hashKey: (importSourceId) => importHashKey(keys, importSourceId),
  zone: async () => policies().company.at(-1)!.document.zone,
  async execute({ name, target, body, system, expectedRevision }) {
    const actor = { kind: 'import', id: system } as const;
    try {
      const answer = await service.execute({ name, targetId: target, body, actor, keyScope: `import:${system}`, expectedRevision });
      return { kind: 'done', revision: answer.revision };
    } catch (error) {
      const { details, ours } = problemOf(error);
      if (ours) throw error;
      return { kind: 'rejected', code: codeOf(details.type), message: inSentence(details), details };
    }
  },
});

import { randomUUID } from 'node:crypto';
import type { DomainEvent } from '#event-log';
import { commandByName, defaultPolicies, type PolicyHistory } from '#relationship';
import { RejectedRequest, type Server } from '../server/server.js';
import { type ImportCategory, type ImportLog, isOfBefore, type RememberingEvent } from './import-log.js';
import { codeOf, inSentence, type ShownProblem } from './problem-sentence.js';

const PATHS: Readonly<Record<ImportCategory, string>> = { import: '/imports', 'import-source': '/import-sources' };

interface Page {
  readonly events: readonly RememberingEvent[];
}

/** Through the routes of a server. */
export const httpImportLog = (server: Server): ImportLog => ({
  shared: true,
  async *readBackwards(category, id, few) {
    for (let page: Record<string, string | undefined> = { limit: few?.toString() }; ; ) {
      const { events } = await allowed(server, () => server.get<Page>(`${PATHS[category]}/${id}/events`, page));
      yield* events;
      const before = events.at(-1)?.revision;
      if (!before) return;
      page = { before: before.toString() };
    }
  },
  async hasFormerIds() {
    const { events } = await allowed(server, () => server.get<{ events: readonly DomainEvent[] }>('/events', { limit: '1' }));
    return isOfBefore(events[0]);
  },
  async hashKey(importSourceId) {
    const path = `${PATHS['import-source']}/${importSourceId}/hash-key`;
    const { key } = await allowed(server, () => server.get<{ readonly key: string }>(path)).catch((error) => {
      if (error instanceof RejectedRequest && error.problem.status === 404)
        throw server.failure('is of a version whose imports keep hashes without a key; update the server first');
      throw error;
    });
    return key;
  },
  async zone() {
    const path = '/policies/company';
    const { versions } = await allowed(server, () => server.get<{ versions: PolicyHistory['company'] }>(path)).catch((error) => {
      // A server of before time zones: its days are those of UTC.
      if (error instanceof RejectedRequest && error.problem.status === 404) return { versions: defaultPolicies.company };
      throw error;
    });
    return versions.at(-1)!.document.zone;
  },
  async execute({ name, target, body, system, expectedRevision }) {
    const path = commandByName(name)!.path.replace(/:[A-Za-z]+/, target);
    const headers = {
      'letopis-actor': `import:${system}`,
      // Asked again where the answer was lost.
      'idempotency-key': randomUUID(),
      ...(expectedRevision !== undefined && { 'if-match': `"${expectedRevision}"` }),
    };
    try {
      const { revision } = await allowed(server, () => server.post<{ revision: number }>(path, JSON.stringify(body), headers));
      return { kind: 'done', revision };
    } catch (error) {
      if (!(error instanceof RejectedRequest)) throw error;
      const { problem, message } = error;
      return { kind: 'rejected', code: codeOf(problem.type), message, details: { ...problem } };
    }
  },
});

export async function allowed<Answer>(server: Server, request: () => Promise<Answer>): Promise<Answer> {
  try {
    return await request();
  } catch (error) {
    throw error instanceof RejectedRequest && error.problem.status === 403 ? noImporter(server, error.problem) : error;
  }
}

export const noImporter = (server: Server, problem: ShownProblem) =>
  server.failure(`${inSentence(problem)}; an import requires a key with the role service or admin`);

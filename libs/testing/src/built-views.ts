import type { DomainEvent, NewEvent } from '#event-log';
import type { Projection, QueryContext } from '#projections';
import { createProjector } from '#projections/runner/projector.js';
import { createViewReader } from '#projections/runner/view-reader.js';
import { createMemoryReadModels } from '#read-models/memory/memory-read-models.js';
import type { ReadModelStore } from '#read-models/read-model-store.js';
import { applyPolicyEvent, defaultPolicies, type PolicyHistory } from '#relationship';
import { memoryLog } from './as-written.js';

/** The views built from these stories by the real projector, ready to be asked, in memory. Streams are appended one after the other. */
export async function builtViews(
  projections: readonly Projection[],
  stories: readonly (readonly DomainEvent[])[],
  { now, policies = defaultPolicies }: { now: string; policies?: PolicyHistory },
): Promise<QueryContext & { readonly store: ReadModelStore }> {
  const log = memoryLog();
  const store = createMemoryReadModels();
  for (const story of stories) if (story[0]) await log.append(story[0].stream, 'none', story.map(asNew));
  const projector = createProjector({ log, store, projections, policies: { initial: policies, apply: applyPolicyEvent } });
  await projector.start();
  await projector.settled();
  await projector.stop();
  return { reader: createViewReader(store), log, policies, now, store };
}

function asNew({ stream: _stream, revision: _revision, position: _position, hash: _hash, ...event }: DomainEvent): NewEvent {
  return event;
}

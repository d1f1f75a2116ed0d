import { Type } from 'typebox';
import { Problem } from '#platform';
import { named, strict, text } from '#projections/answer-schema.js';
import { importAggregate, importSource, isIdOf, streamOf } from '#relationship';
import { overseers } from '../edge/access.js';
import { whole } from '../edge/parameters.js';
import { recordedEventSchema } from '../openapi/recorded-event-schema.js';
import { view } from './view-definition.js';

/** Of the JSON of a page: one event of many thousand remembered rows or commands may have a quarter of it. */
const PAGE_CHARACTERS = 1_000_000;

const schema = named(
  'ImportEvents',
  strict({
    stream: text('`import-<importId>` or `import-source-<importSourceId>`.'),
    events: Type.Array(recordedEventSchema, {
      description: 'Last event first; empty if there is no stream, or no event before `before`.',
    }),
  }),
);

const eventsOf = (of: typeof importAggregate | typeof importSource, summary: string) =>
  view({
    name: `${of.category}-events`,
    path: `${of.path}/:${of.idMember}/events`,
    summary,
    roles: overseers,
    allTeams: true,
    personal: { '/events/*': 'event' },
    reads: [],
    parameters: {
      limit: whole(1, 1_000, 'Maximum number of events.'),
      before: whole(0, Number.MAX_SAFE_INTEGER, 'Only events of a lower revision: that of the last event of the previous page.'),
    },
    answers: schema,
    async answer({ path, query: { before, limit }, context }) {
      const id = path[of.idMember];
      if (!isIdOf(of, id)) throw new Problem('not-found');
      const stream = streamOf(of, id);
      if (before === 0) return { body: { stream, events: [] } };
      const events = [];
      let room = PAGE_CHARACTERS;
      const from = before === undefined ? {} : { from: before - 1 };
      for await (const batch of context.log.readStream(stream, {
        ...from,
        ...(limit !== undefined && { limit }),
        direction: 'backwards',
      })) {
        for (const event of batch) {
          room -= JSON.stringify(event).length;
          if (room < 0 && events.length > 0) return { body: { stream, events } };
          events.push(event);
        }
      }
      return { body: { stream, events } };
    },
  });

/** What imports remember, for the next one; read from the log itself. */
export const importViews = [
  eventsOf(importAggregate, 'Imports of a mapping, and which of their commands changed nothing'),
  eventsOf(importSource, 'Which commands of the imports of a system changed nothing'),
];

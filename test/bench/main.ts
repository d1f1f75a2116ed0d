import { printReport } from './report.js';

/** In the order in which they run; each measures its own limits in the same run. */
const benches = {
  'event-log': () => import('./event-log.bench.js'),
  projections: () => import('./projections.bench.js'),
  import: () => import('./import.bench.js'),
  live: () => import('./live.bench.js'),
  documents: () => import('./documents.bench.js'),
  lists: () => import('./lists.bench.js'),
  http: () => import('./http.bench.js'),
  'access-log': () => import('./access-log.bench.js'),
  relay: () => import('./relay.bench.js'),
  mongodb: () => import('./mongodb.bench.js'),
  eventstoredb: () => import('./eventstoredb.bench.js'),
  privacy: () => import('./privacy.bench.js'),
  erasure: () => import('./erasure.bench.js'),
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in benches));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}; there are ${Object.keys(benches).join(', ')}.`);
  process.exit(2);
}
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { run } = await load();
  await run(printReport);
}

// Who may know whom (the architecture test, `npm run arch`). A rule's comment is what a developer sees when it is broken.

const specs = '\\.spec\\.ts$';
const adapterFolders = 'memory|sqlite|eventstoredb|mongodb|kafka';
/** Of `libs/projections`: every other folder is a view. */
const engineFolders = '^libs/projections/src/(own|persistent|runner|shared)/';
const npm = (names) => `^node_modules/(${names})/`;

export default {
  forbidden: [
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or need a third that both know.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'relationship-knows-nobody',
      comment: 'The domain is pure: no other lib, no Nest, no I/O, nothing of Node. It may describe its types and no more.',
      severity: 'error',
      from: { path: '^libs/relationship/', pathNot: specs },
      to: { pathNot: ['^libs/relationship/', npm('class-validator|class-transformer|reflect-metadata|typebox')] },
    },
    {
      name: 'async-knows-nobody',
      comment: 'Trying again, mutexes and threads are for every lib, so they know none.',
      severity: 'error',
      from: { path: '^libs/async/', pathNot: specs },
      to: { pathNot: ['^libs/async/', '^(node:)?(events|timers|worker_threads)(/|$)'] },
    },
    {
      name: 'projections-know-the-domain-and-the-ports',
      comment: 'Projections know relationship and the ports of event-log and read-models, never an adapter: any engine feeds them.',
      severity: 'error',
      from: { path: '^libs/projections/', pathNot: specs },
      to: {
        path: ['^libs/', '^test/'],
        pathNot: ['^libs/(async|projections|relationship)/', `^libs/(event-log|read-models)/src/(?!(${adapterFolders})/)`],
      },
    },
    {
      name: 'views-know-no-other-view',
      comment: 'What views share lies in libs/projections/src/shared; only questions put together what several views answer.',
      severity: 'error',
      from: {
        path: '^libs/projections/src/([^/]+)/',
        pathNot: [specs, '/(query|answer-schema)\\.ts$', engineFolders],
      },
      to: {
        path: '^libs/projections/src/[^/]+/',
        pathNot: ['^libs/projections/src/$1/', engineFolders],
      },
    },
    {
      name: 'projections-do-no-io',
      comment: 'What a projection knows it was given; its runner does I/O through the ports.',
      severity: 'error',
      from: { path: '^libs/projections/', pathNot: specs },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(assert|events|timers|util)(/|$)' },
    },
    {
      name: 'processes-know-the-domain-and-the-log',
      comment: 'Processes know relationship and the port of event-log; commands and clocks are given to them.',
      severity: 'error',
      from: { path: '^libs/processes/', pathNot: specs },
      to: {
        path: ['^libs/', '^test/'],
        pathNot: ['^libs/(async|processes|relationship)/', `^libs/event-log/src/(?!(${adapterFolders})/)`],
      },
    },
    {
      name: 'privacy-knows-the-log',
      comment: 'What encrypts events knows the port of event-log; whose they are and what is personal in them the registry says.',
      severity: 'error',
      from: { path: '^libs/privacy/', pathNot: specs },
      to: {
        path: ['^libs/', '^test/'],
        pathNot: ['^libs/(async|mongodb|privacy|sqlite)/', `^libs/event-log/src/(?!(${adapterFolders})/)`],
      },
    },
    {
      name: 'adapters-know-their-port',
      comment:
        'An adapter knows the lib that it is in, its own folder there, async, and the lib of its engine; no other lib and no other adapter.',
      severity: 'error',
      from: { path: `^libs/([^/]+)/src/(${adapterFolders})/`, pathNot: specs },
      to: {
        path: ['^libs/'],
        pathNot: ['^libs/$1/src/$2/', '^libs/(async|$2)/', `^libs/$1/src/(?!(${adapterFolders})/)`],
      },
    },
    {
      name: 'engines-behind-their-adapters',
      comment: 'The client of an engine is known to the adapter of that engine alone: better-sqlite3 in sqlite/, mongodb in mongodb/, …',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [specs, '^libs/[^/]+/src/(sqlite|mongodb|eventstoredb)/', '^libs/(mongodb|sqlite|streaming|testing)/'],
      },
      to: { path: npm('better-sqlite3|mongodb|@eventstore|kafkajs') },
    },
    {
      name: 'what-loads-long-is-loaded-late',
      comment:
        'The driver of MongoDB by driver(), class-validator by its modules: whoever needs neither would wait for them at every start.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [specs, '^libs/testing/', '^libs/mongodb/src/driver\\.ts$'] },
      to: { path: [npm('mongodb'), '^node_modules/class-validator/cjs/index\\.js$'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'positions-are-opaque',
      comment:
        'What turns a position into a number is for the adapters that number events, and for what they share. Everyone else compares positions, and asks the log (eventAt, count).',
      severity: 'error',
      from: {
        path: '^(apps|libs|test)/',
        pathNot: [specs, '^libs/event-log/src/((memory|sqlite)/|following\\.ts$|verifying/verify-log\\.ts$)', '^libs/testing/'],
      },
      to: { path: '^libs/event-log/src/position\\.ts$' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'Apps wire libs, never the other way round.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^apps/' },
    },
    {
      name: 'product-knows-no-test',
      comment: 'libs/testing and test/ are for tests, and for one another.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [specs, '^libs/testing/'] },
      to: { path: ['^libs/testing/', '^test/'] },
    },
    {
      name: 'testing-knows-no-test',
      comment: 'Contract suites serve every test, so they know none.',
      severity: 'error',
      from: { path: '^libs/testing/' },
      to: { path: '^test/' },
    },
    {
      name: 'nest-at-the-rim',
      comment: 'Nest stays in libs/platform and apps; everything else is read and tested without it.',
      severity: 'error',
      from: { path: '^libs/', pathNot: ['^libs/platform/', specs] },
      to: { path: npm('@nestjs') },
    },
    {
      name: 'dev-dependencies-in-tests-only',
      comment: 'What runs in production is a dependency, not a devDependency.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [specs, '^libs/testing/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm', 'type-only'] },
    },
    {
      name: 'declared-and-there',
      comment: 'Every import resolves, and to a package that package.json names.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: '^node_modules' },
    exclude: { path: '^dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts'],
    },
  },
};

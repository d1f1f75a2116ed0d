import base from './jest.config.js';

/** The suites that need real servers: `npm run test:engines`. */
export default {
  ...base,
  testMatch: ['**/*.engine.spec.ts'],
  // One suite at a time: its servers and programs want both processors of a small machine, and the other tests run beside it.
  maxWorkers: 1,
  // A test that was cut off leaves connections open: Jest would wait for them for ever, and CI with it.
  forceExit: true,
  globalSetup: '<rootDir>/dist/test/engines/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/engines/global-teardown.js',
};

import base from './jest.config.js';

/** The suites that need real servers: `npm run test:engines`. */
export default {
  ...base,
  testMatch: ['**/*.engine.spec.ts'],
  globalSetup: '<rootDir>/dist/test/engines/global-setup.js',
  globalTeardown: '<rootDir>/dist/test/engines/global-teardown.js',
};

/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  roots: ['apps', 'libs', 'test'].map((folder) => `<rootDir>/${folder}`),
  testMatch: ['**/*.{unit,int,e2e}.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: {
    '^#([a-z-]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^#([a-z-]+)/(.+)\\.js$': '<rootDir>/libs/$1/src/$2.ts',
    '^(\\.{1,2}/.+)\\.js$': '$1',
  },
  maxWorkers: 2,
  // No test is judged by its speed; this only ends one that hangs.
  testTimeout: 600_000,
};

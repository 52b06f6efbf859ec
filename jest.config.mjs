/**
 * Runs TypeScript by stripping its types (the sources are erasable), so no second compiler decides
 * what the tests see.
 */
export default {
  testEnvironment: '<rootDir>/test/support/realm-environment.cjs',
  runtime: '<rootDir>/test/support/runtime.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  testSequencer: '<rootDir>/test/support/slowest-first.cjs',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcov'],
  testTimeout: 120_000,
  // One more than the cores that CI has: end-to-end tests wait more than they work.
  maxWorkers: 3,
};

/** Runs TypeScript by stripping its types (the sources are erasable), so no second compiler decides what the tests see. */
export default {
  testEnvironment: '<rootDir>/test/support/realm-environment.cjs',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.cjs' },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['src/**/*.ts'],
  coverageReporters: ['text-summary', 'lcov'],
  testTimeout: 120_000,
};

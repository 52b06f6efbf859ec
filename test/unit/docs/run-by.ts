/**
 * The files that run each command of README and docs, and every option of it that is written there. A command or an option that
 * none of them has is red, and so is a line here that no page needs any more.
 */
export const RUN_BY: Readonly<Record<string, readonly string[]>> = {
  'npm test': ['.ci/run', 'test/unit/docs/commands.test.ts'],
  'npm run setup': ['package.json'], // the first step of `npm test`
  'npm ci': ['scripts/setup.mjs'],
  'npm run build': ['scripts/test.mjs'],
  'npm run format': ['scripts/test.mjs'],
  'npm run imports': ['scripts/test.mjs'],
  'npm run schema': ['test/unit/config/json-schema.test.ts'],
  'npm run errors': ['test/unit/docs/generated.test.ts'],
  'npm run picture': ['test/unit/docs/picture.test.ts', 'scripts/picture.mjs'],
  'npm run kernel': ['test/unit/infer/trees/kernel-wasm.test.ts'],
  'npm run fuzz': ['test/unit/infer/trees/fuzz.test.ts', 'test/fuzz/main.ts'],
  'npm run bench': ['test/unit/docs/commands.test.ts'],
  'python models/training/covers.py': ['scripts/goldens/tree_shap.py'],
  'npm run chaos': [
    'test/e2e/chaos.test.ts',
    'test/e2e/network.test.ts',
    'test/unit/chaos/bug.test.ts',
  ],
  'npm run soak': ['test/unit/chaos/soak-load.test.ts'],
  'npm run test:compose': ['scripts/compose.mjs'],
  'npm run demo': ['test/e2e/demo.test.ts'],
  'npm pack': ['test/unit/deploy/package.test.ts'],
  'npm install': ['test/unit/deploy/package.test.ts'],
  'node node_modules/stream-scorer/bin/prune-platforms.cjs': ['test/unit/deploy/package.test.ts'],
  'docker build': ['test/unit/deploy/dockerfile.test.ts', 'deploy/Dockerfile'],
  'docker compose': ['scripts/compose.mjs', 'test/unit/deploy/compose.test.ts'],
  'stream-scorer': ['test/unit/deploy/package.test.ts'],
  'stream-scorer init': ['test/e2e/init.test.ts'],
  'stream-scorer check': ['test/e2e/check.test.ts'],
  'stream-scorer run': [
    'test/e2e/scoring.test.ts',
    'test/e2e/scorer.ts',
    'test/e2e/processes.test.ts',
  ],
  'stream-scorer explain': ['test/e2e/audit.test.ts'],
  'stream-scorer evidence': ['test/e2e/audit.test.ts'],
  'stream-scorer compare': ['test/e2e/compare.test.ts'],
  'stream-scorer profile': ['test/e2e/profile.test.ts'],
  'stream-scorer drift': ['test/e2e/profile.test.ts'],
  'stream-scorer score': ['test/e2e/score.test.ts', 'test/e2e/score-run.test.ts'],
};

// Everything that must be green, in the order in which it fails fastest. Ends with the line "N passed, N failed".
// Arguments go to jest: `npm test -- test/unit`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const jestArguments = process.argv.slice(2);
const whole = jestArguments.length === 0;
const checks = whole
  ? [
      ['format', bin('prettier'), ['--check', '.', '--log-level', 'warn']],
      ['types', bin('tsc'), ['-p', 'tsconfig.json']],
      ['lint', bin('eslint'), ['.', '--max-warnings', '0']],
      ['imports', bin('depcruise'), ['src', '--config', '.dependency-cruiser.cjs']],
    ]
  : [];
checks.push(['build', bin('node'), ['scripts/build.mjs']]);

let failedChecks = 0;
for (const [name, command, args] of checks) {
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  if (status !== 0) failedChecks++;
}

const scratch = mkdtempSync(join(tmpdir(), 'stream-scorer-test-'));
const report = join(scratch, 'report.json');
const { status } = spawnSync(
  bin('node'),
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    // A test that failed may leave a connection or a process open, for which jest would wait for ever.
    '--forceExit',
    ...(whole ? ['--coverage'] : []),
    '--json',
    `--outputFile=${report}`,
    ...jestArguments,
  ],
  { stdio: ['ignore', 2, 'inherit'] },
);
let passed = 0;
let failed = failedChecks;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed = result.numPassedTests;
  failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
} catch {
  failed += 1; // jest did not get as far as a report
}
rmSync(scratch, { recursive: true, force: true });
if (status !== 0 && failed === 0) failed = 1;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

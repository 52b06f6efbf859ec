// Everything that must be green. Ends with the line "N passed, N failed".
// Arguments go to jest, and then the tests run alone: `npm test -- test/unit`.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';

const bin = (name) => join('node_modules', '.bin', name);
const jestArguments = process.argv.slice(2);
const whole = jestArguments.length === 0;
const checks = whole
  ? [
      ['format', bin('oxfmt'), ['--check']],
      // The linter needs the types anyway, so it tells the errors of the compiler, too.
      ['lint and types', bin('oxlint'), ['.', '--deny-warnings', '--type-check']],
      ['imports', bin('depcruise'), ['src', '--config', '.dependency-cruiser.cjs']],
    ]
  : [];

/**
 * The compiler, and what gives the linter its types, are written in Go, which collects garbage for a
 * third of their time. With this it begins to when 2 GiB are in use, which neither reaches here.
 */
const GO = { GOGC: 'off', GOMEMLIMIT: '2GiB' };

/**
 * Young objects have room until they are no longer needed. jest gives its options to its workers,
 * and these to the model workers that they start.
 */
const ROOM = ['--min-semi-space-size=32', '--max-semi-space-size=32'];

let failedChecks = 0;

/**
 * Resolves with the exit status when the program has ended; what it prints appears then, in one
 * piece.
 */
function run(command, args) {
  const env = { ...GO, ...process.env };
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  const printed = [];
  child.stdout.on('data', (bytes) => printed.push(bytes));
  child.stderr.on('data', (bytes) => printed.push(bytes));
  child.on('error', (error) => printed.push(Buffer.from(`${error.message}\n`)));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, printed: Buffer.concat(printed).toString() }));
  });
}

async function check([name, command, args]) {
  const started = Date.now();
  const { status, printed } = await run(command, args);
  console.log(
    `${printed}${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) failedChecks++;
}

/** One after the other, beside the tests, which mostly wait. */
async function checkAll() {
  for (const each of checks) await check(each);
}

const scratch = mkdtempSync(join(tmpdir(), 'stream-scorer-test-'));
const report = join(scratch, 'report.json');

function jest() {
  const args = [
    ...ROOM,
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    // A test that failed may leave a connection or a process open, for which jest would wait for
    // ever.
    '--forceExit',
    '--json',
    `--outputFile=${report}`,
    ...jestArguments,
  ];
  // The tests start hundreds of processes of the same code. Each finds it compiled, and without its
  // types.
  const env = { NODE_COMPILE_CACHE: resolvePath('.cache', 'compile'), ...process.env };
  const child = spawn(bin('node'), args, { stdio: ['ignore', 2, 'inherit'], env });
  child.on('error', (error) => console.error(error.message));
  return new Promise((resolve) => child.on('close', resolve));
}

// The types are checked once, together with those of the tests.
await check(['build', bin('node'), ['scripts/build.mjs', ...(whole ? ['--noCheck'] : [])]]);
const [status] = await Promise.all([jest(), checkAll()]);
let passed = 0;
let failed = 0;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed = result.numPassedTests;
  failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
} catch {
  failed = 1; // jest did not get as far as a report
}
rmSync(scratch, { recursive: true, force: true });
if (status !== 0 && failed === 0) failed = 1;
failed += failedChecks;
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

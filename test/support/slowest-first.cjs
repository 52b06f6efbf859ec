const { default: Sequencer } = require('@jest/test-sequencer');

/**
 * Those that take a minute or more, most of it waiting: one that began last would be waited for. Two
 * of them run three brokers each, so the second begins when the first has ended.
 */
const SLOWEST = [
  'network',
  'outage',
  'conformance',
  'kafka-faults',
  'exactly-once',
  'java-consumer',
  'chaos',
].map((name) => `/test/e2e/${name}.test.ts`);
// A suite that waits for one long program comes before the others, too, so that the run does not end
// with it.
const FOLDERS = ['/test/e2e/', '/test/contract/', '/test/unit/compose/linear.test.ts'];

/** jest orders by what it remembers of the last run, which a fresh clone has none of. */
module.exports = class SlowestFirst extends Sequencer {
  sort(tests) {
    return super
      .sort(tests)
      .map((test) => ({ test, rank: rankOf(test.path) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ test }) => test);
  }
};

function rankOf(path) {
  const slow = SLOWEST.findIndex((end) => path.endsWith(end));
  if (slow !== -1) return slow;
  const folder = FOLDERS.findIndex((part) => path.includes(part));
  return SLOWEST.length + (folder === -1 ? FOLDERS.length : folder);
}

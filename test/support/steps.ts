import { Session } from 'node:inspector/promises';

const session = new Session();

/** Before anything is compiled whose steps are to be counted. */
export async function startCounting(): Promise<void> {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
}

/** Ours, and those of the parsers that we hand what comes from outside to. */
const SCRIPTS = /^(?!.*node_modules).*\/src\/|\/node_modules\/(?:yaml|zod|avsc)\//;

/**
 * How many steps some work takes, counted, so that no clock is asked: the blocks of code that run,
 * and the elements that the array functions of the language go over, which no block tells of. Work
 * that keeps something for its next time is done once before.
 */
export async function stepsOf(work: () => unknown, { before = true } = {}): Promise<number> {
  if (before) await work();
  await session.post('Profiler.takePreciseCoverage'); // what ran before does not count
  const elements = countElements();
  try {
    await work();
  } finally {
    elements.stop();
  }
  const { result } = await session.post('Profiler.takePreciseCoverage');
  let steps = elements.count();
  for (const { url, functions } of result) {
    if (!SCRIPTS.test(url)) continue;
    for (const { ranges } of functions) for (const { count } of ranges) steps += count;
  }
  return steps;
}

type Method = (this: ArrayLike<unknown>, ...args: unknown[]) => unknown;

const ITERATOR = Object.getPrototypeOf([][Symbol.iterator]()) as {
  next: (this: unknown) => unknown;
};
/** Functions that go over all of an array, or may; those with callbacks are counted as blocks. */
const OVER_ALL = [
  'concat',
  'slice',
  'indexOf',
  'includes',
  'flat',
  'join',
  'reverse',
  'splice',
  'shift',
  'unshift',
];

/** Puts counters before the functions of arrays, and takes them away again. */
function countElements(): { count: () => number; stop: () => void } {
  let count = 0;
  const prototype = Array.prototype as unknown as Record<string, Method>;
  const own = OVER_ALL.map((name) => [name, prototype[name]!] as const);
  const { next } = ITERATOR;
  for (const [name, method] of own) {
    prototype[name] = function counted(...args) {
      count += this.length;
      return method.apply(this, args);
    };
  }
  ITERATOR.next = function counted() {
    count++;
    return next.call(this);
  };
  return {
    count: () => count,
    stop: () => {
      ITERATOR.next = next;
      for (const [name, method] of own) prototype[name] = method;
    },
  };
}

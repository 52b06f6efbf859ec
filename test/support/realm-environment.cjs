// What surrounds the tests of a suite: the realm of jest's worker, or one of their own.
const { registerHooks } = require('node:module');
const { runInContext } = require('node:vm');
const { ModernFakeTimers } = require('@jest/fake-timers');
const { TestEnvironment } = require('jest-environment-node');

process.env.ORT_DISABLE_TELEMETRY ??= '1';

/** Classes of which the matchers of jest, which are in a realm of their own, must have the tests' ones. */
const SHARED = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Atomics',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'Error',
  'TypeError',
  'RangeError',
];
const SHARED_WITH_WORKER = [
  'Array',
  'BigInt',
  'Boolean',
  'Date',
  'Function',
  'Map',
  'Number',
  'Object',
  'Promise',
  'RegExp',
  'Set',
  'String',
  'Symbol',
];

// A global of such a realm is looked up through the host at every use: fifty million times
// `Math.abs` took 25 s instead of 1. Declared as constants they are found as fast as outside.
// Nothing here that a test may replace.
const CONSTANT = [
  ...SHARED,
  'Array',
  'BigInt',
  'Buffer',
  'Map',
  'Math',
  'Number',
  'Object',
  'Set',
  'String',
];

/** What jest defines in the realm of the tests. */
const OF_JEST = [
  'afterAll',
  'afterEach',
  'beforeAll',
  'beforeEach',
  'console',
  'describe',
  'expect',
  'it',
  'test',
];

let jestObject;
const OWN = Symbol.for('stream-scorer-test');
const JEST = 'stream-scorer-test:jest';
/** At the end of the URLs of modules that suites of test/integrity load: they have others in places. */
const REPLACED = '?replaced';
/** What is put in the place of a module: a function that makes its exports, by URL. */
const replacements = new Map();

registerHooks({
  resolve(specifier, context, next) {
    const { parentURL = '' } = context;
    if (specifier === '@jest/globals') return { url: `${JEST}#${parentURL}`, shortCircuit: true };
    const found = next(specifier, context);
    if (!parentURL.endsWith(REPLACED)) return found;
    if (replacements.has(found.url))
      return { url: `stream-scorer-test:${found.url}`, shortCircuit: true };
    return found.url.endsWith('.ts') ? { ...found, url: `${found.url}${REPLACED}` } : found;
  },
  load(url, context, next) {
    if (!url.startsWith('stream-scorer-test:')) return next(url, context);
    const made = url.startsWith(JEST)
      ? { jest: jestOf(url.slice(JEST.length + 1)) }
      : replacements.get(url.slice('stream-scorer-test:'.length))();
    globalThis[OWN].set(url, made);
    const from = `globalThis[Symbol.for('${OWN.description}')].get('${url}')`;
    const source = `export const { ${Object.keys(made).join(', ')} } = ${from};`;
    return { format: 'module', shortCircuit: true, source };
  },
});
/** The exports of the modules above, which have no files. */
globalThis[OWN] = new Map();

/** Modules are loaded once per worker, and each suite has its own object. */
function jestOf(importer) {
  const replace = (name, make) => {
    replacements.set(name.startsWith('.') ? new URL(name, importer).href : name, make);
  };
  return new Proxy(
    {},
    {
      get: (_, name) =>
        name === 'unstable_mockModule' && importer.endsWith(REPLACED) ? replace : jestObject[name],
    },
  );
}

/**
 * Most suites share the modules of their worker: to load them anew for each of 300 suites takes a
 * quarter of their time. A realm of its own needs who looks at kafkajs without our patches or counts
 * every timer, and a run that counts lines. The suites of test/integrity, which put other modules in
 * the place of ours, share theirs with one another.
 */
const SHARES_MODULES =
  /[\\/]test[\\/](?:models|contract[\\/](?!kafka-timers)|(?:e2e|integrity)[\\/]|unit[\\/](?!kafkajs[\\/]|produce[\\/]))/;
const REPLACES = /[\\/]test[\\/]integrity[\\/]/;
const needsOwnRealm = ({ collectCoverage, watch, watchAll }, testPath) =>
  collectCoverage || watch || watchAll || !SHARES_MODULES.test(testPath);

module.exports = class RealmEnvironment extends TestEnvironment {
  #before;

  constructor(config, context) {
    super(config, context);
    this.ownRealm = needsOwnRealm(config.globalConfig, context.testPath);
    this.suffix = REPLACES.test(context.testPath) ? REPLACED : '';
    if (!this.ownRealm)
      this.fakeTimersModern = new ModernFakeTimers({
        config: config.projectConfig,
        global: globalThis,
      });
  }

  async setup() {
    await super.setup();
    // onnxruntime-node and Node's Buffers belong to the realm of the worker, and native addons check
    // for its typed arrays with `instanceof`.
    for (const name of SHARED) this.global[name] = globalThis[name];
    if (this.ownRealm) {
      runInContext(
        CONSTANT.map((name) => `const ${name} = globalThis.${name};`).join(' '),
        this.getVmContext(),
      );
      return;
    }
    for (const name of SHARED_WITH_WORKER) this.global[name] = globalThis[name];
    this.#before = { console: globalThis.console, env: { ...process.env }, cwd: process.cwd() };
  }

  /** Called when jest has made its functions, before the suite is imported. */
  shareWithWorker(jest) {
    for (const name of OF_JEST) globalThis[name] = this.global[name];
    jestObject = jest;
  }

  async teardown() {
    if (this.#before !== undefined) {
      const { console, env, cwd } = this.#before;
      globalThis.console = console;
      process.exitCode = undefined;
      if (process.cwd() !== cwd) process.chdir(cwd);
      for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
      Object.assign(process.env, env);
    }
    await super.teardown();
  }
};

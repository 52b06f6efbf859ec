// jest runs tests in a realm of their own, whose typed arrays are not the ones native addons check
// for with `instanceof`. onnxruntime-node and Node's Buffers belong to the outer realm, so the
// tests get the outer realm's classes.
const { runInContext } = require('node:vm');
const { TestEnvironment } = require('jest-environment-node');

process.env.ORT_DISABLE_TELEMETRY ??= '1';

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

module.exports = class RealmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of SHARED) this.global[name] = globalThis[name];
    runInContext(
      CONSTANT.map((name) => `const ${name} = globalThis.${name};`).join(' '),
      this.getVmContext(),
    );
  }
};

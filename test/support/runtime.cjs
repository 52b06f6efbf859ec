// jest loads itself and every vendor module anew in the realm of each suite, which costs more than
// most suites do.
const { createRequire } = require('node:module');
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** Parts of jest that only make text: the suites of a worker share them. */
const SHARED = new Set(['graceful-fs', 'jest-message-util', 'jest-snapshot', 'jest-util', 'slash']);

/** What V8 knows of a file that it has compiled before, in another realm. */
const compiled = new Map();
const { compileFunction } = vm;
vm.compileFunction = (source, parameters, options) => {
  const known = compiled.get(options.filename);
  if (known?.source === source)
    return compileFunction(source, parameters, { ...options, cachedData: known.cachedData });
  const made = compileFunction(source, parameters, { ...options, produceCachedData: true });
  compiled.set(options.filename, { source, cachedData: made.cachedData });
  return made;
};

module.exports = class SharingRuntime extends Runtime {
  requireInternalModule(from, to) {
    return SHARED.has(to) ? createRequire(from)(to) : super.requireInternalModule(from, to);
  }
};

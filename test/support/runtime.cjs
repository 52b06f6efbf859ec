// jest loads itself and every module anew in the realm of each suite, which costs more than most
// suites do. Here most suites are loaded by Node itself, once per worker.
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** Parts of jest that only make text: the suites of a worker share them. */
const SHARED = new Set(['graceful-fs', 'jest-message-util', 'jest-snapshot', 'jest-util', 'slash']);
/**
 * A package by its name: what jest-circus is made of, matchers above all. It keeps nothing of a suite
 * but what each suite sets anew, so suites in the realm of their worker share it.
 */
const PACKAGE = /^(?:@[\w-]+\/)?[\w-]+$/;

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
  async unstable_importModule(from, moduleName) {
    if (this._environment.ownRealm) return super.unstable_importModule(from, moduleName);
    this._environment.shareWithWorker(this.jestGlobals.jestObjectFor(from));
    return import(`${pathToFileURL(from).href}${this._environment.suffix}`);
  }

  requireInternalModule(from, to) {
    const shared = SHARED.has(to) || (!this._environment.ownRealm && PACKAGE.test(to ?? ''));
    return shared ? createRequire(from)(to) : super.requireInternalModule(from, to);
  }
};

import { resolve } from 'node:path';
import { mavenStack } from '../../src/demo/stack/maven-stack.ts';
import { startStack, type Stack } from '../../src/demo/stack/stack.ts';

/**
 * The stack of this test run (global-setup.mjs). Topics and groups are shared by all tests: use
 * names of your own.
 */
export function sharedStack(): { readonly brokers: string[]; readonly registryUrl: string } {
  const { TEST_KAFKA_BROKERS: brokers, TEST_SCHEMA_REGISTRY_URL: registryUrl } = process.env;
  if (brokers === undefined || registryUrl === undefined)
    throw new Error('the global setup has started no stack');
  return { brokers: brokers.split(','), registryUrl };
}

/**
 * A stack of a test's own, whose parts it may break; always from Maven, as others' parts are not
 * ours to break. A test that leaves the registry alone may give it one that runs already.
 */
export function ownStack(brokers = 1, registryUrl?: string): Promise<Stack> {
  const options = {
    env: process.env,
    brokers,
    registryUrl,
    shortLived: true,
    cacheDir: resolve('.cache/stack'),
    projectDir: resolve('.'),
    log: () => undefined,
  };
  return startStack(options, [['Maven', mavenStack]]);
}

/**
 * For a test that breaks nothing but what bears names of its own, and that needs a broker with our
 * settings: the stack of this test run where it has them, else one of the test's own.
 */
export function stackWithOurSettings(): Promise<Stack> {
  if (process.env['TEST_STACK_KIND'] !== 'maven') return ownStack();
  return Promise.resolve({
    ...sharedStack(),
    kind: 'maven',
    faults: null,
    stop: () => Promise.resolve(),
  });
}

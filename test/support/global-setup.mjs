// Starts one real Kafka and one real schema registry for the whole run; tests find them in the
// environment. A run of nothing but unit tests does without.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { resolve } from 'node:path';

/** What the processes of the tests load most. */
const COMMON = [
  'commands/run',
  'commands/check',
  'commands/score',
  'compose/explaining',
  'explain/explainer',
  'infer/onnx-session',
  'infer/onnx-signature',
  'infer/serve-model',
];

/** Programs of model workers. Whoever imports one becomes a worker. */
const WORKERS = [
  'src/compose/explaining-worker.ts',
  'src/infer/worker-process.ts',
  'test/support/explaining-worker.ts',
  'test/support/mortal-worker.ts',
];

export default async function setup(config) {
  const patterns = config.testPathPatterns?.patterns ?? config.nonFlagArgs ?? [];
  if (patterns.length > 0 && patterns.every((pattern) => pattern.includes('test/unit'))) return;
  await compileCommon();
  const { startStack } = await import('../../src/demo/stack/stack.ts');
  const starting = startStack({
    env: process.env,
    cacheDir: resolve('.cache/stack'),
    projectDir: resolve('.'),
    shortLived: true,
    log: (line) => console.error(line),
  });
  const [stack] = await Promise.all([starting, compileWorkers()]);
  process.env.TEST_KAFKA_BROKERS = stack.brokers.join(',');
  process.env.TEST_SCHEMA_REGISTRY_URL = stack.registryUrl;
  process.env.TEST_STACK_KIND = stack.kind;
  globalThis.testStack = stack;
}

/**
 * Node keeps what it has compiled, and TypeScript without its types, when a process ends by itself.
 * Model workers are killed, and those of jest end last, so without this every one of them would do
 * it again.
 */
async function compileCommon() {
  await Promise.all(COMMON.map((name) => import(`../../src/${name}.ts`)));
  flushCompileCache();
}

/** A worker that nobody is connected to ends by itself. */
async function compileWorkers() {
  await Promise.all(
    WORKERS.map(async (program) => {
      const worker = fork(program);
      const ended = once(worker, 'exit');
      worker.disconnect();
      await ended;
    }),
  );
}

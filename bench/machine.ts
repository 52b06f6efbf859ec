import { readFileSync } from 'node:fs';
import { cpus, release, totalmem, type } from 'node:os';
import type { Stack } from '../src/demo/stack/stack.ts';

/** What a figure cannot be read without. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryBytes: number;
  readonly system: string;
  /** Name and version of what runs, in the order in which a reader asks for it. */
  readonly versions: Readonly<Record<string, string>>;
}

export function describeMachine(stack: Pick<Stack, 'kind'>): Machine {
  const { version, dependencies } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const of = (name: string): string => dependencies[name] ?? 'unknown';
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? 'unknown',
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    versions: {
      'stream-scorer': version,
      'Node.js': process.versions.node,
      kafkajs: of('kafkajs'),
      'onnxruntime-node': of('onnxruntime-node'),
      'stack (broker and registry)': stack.kind,
    },
  };
}

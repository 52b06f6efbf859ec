import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Stack } from '../src/demo/stack/stack.ts';
import type { Settings } from './settings.ts';
import type { Delivery } from './options.ts';
import type { Names } from './topics.ts';

/** How long a group waits for a member of the program, as the program's own defaults have it. */
export const SESSION_MS = 6000;

/** The configuration of the replicas, as a user would write it. */
export function scorerConfig(
  stack: Stack,
  names: Names,
  delivery: Delivery,
  projectDir: string,
): string {
  return stringify(scorerSettings(stack, names, delivery, projectDir));
}

/** Without a word on how the client behaves. */
export function scorerSettings(
  stack: Stack,
  names: Names,
  delivery: Delivery,
  projectDir: string,
): Settings {
  return {
    name: 'chaos',
    kafka: { brokers: stack.brokers },
    schemaRegistry: { url: stack.registryUrl, timeoutMs: 2000 },
    input: { topics: [names.input], groupId: names.group },
    output: { topic: names.output, carry: ['transactionId'] },
    // Broken events are part of the load.
    deadLetter: { topic: names.dead, maxConsecutive: 1_000_000, maxRatio: 1 },
    delivery,
    model: { dir: join(projectDir, 'models', 'fraud'), champion: '1' },
    http: { port: 0 },
  };
}

/**
 * A program that runs services with the configuration files that its parent names, so that many of
 * them cost one start of a program. Its client of Kafka is not the one of the test.
 */
import type { Started } from '../../src/runtime/lifecycle.ts';
import type { Settings } from '../../src/config/settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { startService, type Service } from '../../src/compose/service.ts';
import { createLogger } from '../../src/observe/logger.ts';

export interface Order {
  readonly do: 'start' | 'stop';
  readonly file: string;
  /** Whether the model is first tried in a process of its own, as it is where a program starts. */
  readonly tried: boolean;
}

/** Sent when an order is carried out. */
export interface Done extends Order {
  readonly error?: string;
}

const running = new Map<string, Started<Service>>();

async function obey({ do: what, file, tried }: Order): Promise<void> {
  if (what === 'start') {
    const { settings: given } = await loadConfig({ file, env: {}, cwd: process.cwd() });
    const { timeoutMs: _limit, ...untimed } = given.inference;
    const settings = tried ? given : ({ ...given, inference: untimed } as Settings);
    const logger = createLogger('error', settings.name);
    running.set(file, await startService(settings, logger, new AbortController().signal));
  } else {
    const { value, stop } = running.get(file)!;
    await Promise.race([stop(), value.failed]);
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    () => process.send?.(order satisfies Done),
    (error: unknown) => process.send?.({ ...order, error: String(error) } satisfies Done),
  );
});
process.on('disconnect', () => process.exit());

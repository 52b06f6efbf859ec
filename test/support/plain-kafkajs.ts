import type * as kafkajs from 'kafkajs';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { quiet } from '../../src/kafkajs/kafka-queue-patch.ts';

const require = createRequire(import.meta.url);

/**
 * kafkajs as it is published, whatever the program changes in its own in the same process: what
 * judges the program must not share its changes. Only the timer that wakes up 900 times a second is
 * mended here, too.
 */
export const plainKafkajs = load();

function load(): typeof kafkajs {
  const folder = copied();
  quiet((require(join(folder, 'src/network/requestQueue')) as RequestQueue).prototype);
  return require(folder) as typeof kafkajs;
}

/** A folder with a copy: modules in another place are other modules. */
function copied(): string {
  const { version } = require('kafkajs/package.json') as { version: string };
  const folder = resolve('.cache', `plain-kafkajs-${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const making = mkdtempSync(`${folder}-`);
  cpSync('node_modules/kafkajs', making, { recursive: true });
  try {
    renameSync(making, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
    rmSync(making, { recursive: true }); // another process was earlier
  }
  return folder;
}

interface RequestQueue {
  readonly prototype: Parameters<typeof quiet>[0];
}

import { ScorerError } from '../errors.ts';
import type { Logger } from '../observe/logger.ts';
import { fetchPatch } from './fetch/kafka-fetch-patch.ts';
import { connectionPatch } from './kafka-connection-patch.ts';
import { coordinatorPatch } from './kafka-coordinator-patch.ts';
import { denialsPatch } from './kafka-denials-patch.ts';
import { epochPatch } from './kafka-epoch-patch.ts';
import { installedVersion } from './kafka-inside.ts';
import { joinPatch } from './kafka-join-patch.ts';
import { offsetsPatch } from './kafka-offsets-patch.ts';
import { queuePatch } from './kafka-queue-patch.ts';
import { transactionPatch } from './kafka-transaction-patch.ts';
import type { Patch } from './patch.ts';
import { producePatch } from './send/kafka-produce-patch.ts';

/**
 * The version of kafkajs whose internals are known here. package.json pins it. Before you change
 * it, read in the new version what each patch changes.
 */
export const KNOWN_VERSION = '2.2.4';

/**
 * All patches, in the order of their installation. A request of a transaction waits for its turn
 * before it gets the epoch, so it gets the epoch that is valid then.
 */
export const PATCHES: readonly Patch[] = [
  queuePatch,
  connectionPatch,
  denialsPatch,
  coordinatorPatch,
  epochPatch,
  offsetsPatch,
  transactionPatch,
  producePatch,
  fetchPatch,
  joinPatch,
];

const installed = new Set<Patch>();

/**
 * The only version check. On another version nothing is patched. The service does not start if a
 * patch is needed for the guarantee or for correctness, and it is slower without those for speed.
 */
export function patchKafkajs(
  logger: Logger,
  patches: readonly Patch[] = PATCHES,
  version = installedVersion(),
): void {
  if (version !== KNOWN_VERSION) {
    const needed = patches.filter(({ neededFor }) => neededFor !== 'speed');
    if (needed.length > 0) throw wrongVersion(version, needed);
    for (const { about } of patches)
      logger.warn({ version, known: KNOWN_VERSION }, `kafkajs is slower in this version: ${about}`);
    return;
  }
  for (const patch of patches) {
    if (installed.has(patch)) continue;
    patch.install();
    installed.add(patch);
  }
}

function wrongVersion(version: string | undefined, needed: readonly Patch[]): ScorerError {
  const list = needed.map(({ about, neededFor }) => `${about} (${neededFor})`).join(', ');
  return new ScorerError({
    code: 'CLIENT_VERSION',
    what: `version ${version ?? 'unknown'} of kafkajs is installed, but the program changes code of kafkajs and is tested only with ${KNOWN_VERSION}. It changes: ${list}`,
    where: 'node_modules/kafkajs/package.json',
  });
}

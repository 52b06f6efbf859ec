import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFaults } from '../src/demo/stack/stack-provider.ts';
import type { Replicas } from './replicas.ts';
import type { FaultKind, PlannedFault } from './schedule.ts';

export interface FaultParts {
  readonly stack: StackFaults;
  readonly brokers: number;
  readonly replicas: Replicas;
  /** How long the group waits for a member's heartbeat, ms. */
  readonly sessionMs: number;
  /** Registers a version of the events' schema; what it answers makes the load use it. */
  readonly newSchema: () => Promise<() => void>;
  /** Whether the output topic is written to only with all its replicas. */
  readonly askForAll: (all: boolean) => Promise<void>;
}

type Inject = (fault: PlannedFault) => Promise<void>;

/** A zombie is away for so much longer than its session. */
const BEYOND_SESSION_MS = 1500;
/** Long enough for writes to pile up before their replica dies. */
const BEFORE_KILL_MS = 1500;

/**
 * How each kind of fault is made. A call resolves when the fault is over and only its effects are
 * left.
 */
export function createFaults(parts: FaultParts): Readonly<Record<FaultKind, Inject>> {
  const { stack, brokers, replicas, sessionMs, newSchema, askForAll } = parts;
  const kill: Inject = async ({ pick }) => {
    await replicas.kill(replicas.pick(pick));
    replicas.start();
  };
  const restartBroker = async (
    { pick, holdMs }: PlannedFault,
    how: 'SIGTERM' | 'SIGKILL',
  ): Promise<void> => {
    const broker = Math.floor(pick * brokers);
    await stack.stopBroker(broker, how);
    await sleep(holdMs);
    await stack.startBroker(broker);
  };
  const unwritable = async (
    { pick }: PlannedFault,
    meanwhile: () => Promise<void>,
  ): Promise<void> => {
    const broker = Math.floor(pick * brokers);
    await askForAll(true);
    await stack.stopBroker(broker, 'SIGKILL');
    await meanwhile();
    await stack.startBroker(broker);
    await askForAll(false);
  };
  return {
    'kill -9': kill,
    SIGTERM: async ({ pick }) => {
      await replicas.stop(replicas.pick(pick));
      replicas.start();
    },
    zombie: async ({ pick, holdMs }) => {
      const zombie = replicas.pick(pick);
      zombie.signal('SIGSTOP');
      await sleep(sessionMs + BEYOND_SESSION_MS + holdMs);
      zombie.signal('SIGCONT');
    },
    'broker restart': (fault) => restartBroker(fault, 'SIGTERM'),
    'broker kill -9': (fault) => restartBroker(fault, 'SIGKILL'),
    'registry outage': async ({ holdMs }) => {
      // A replica that starts without a registry ends, as it should; this fault is for the others.
      await replicas.allJoined();
      const use = await newSchema();
      await stack.stopRegistry();
      use();
      await sleep(holdMs);
      await stack.startRegistry();
    },
    join: async () => {
      await replicas.joined(replicas.start());
    },
    leave: ({ pick }) => replicas.stop(replicas.pick(pick)),
    unwritable: (fault) => unwritable(fault, () => sleep(fault.holdMs)),
    'unwritable and kill -9': (fault) =>
      unwritable(fault, async () => {
        await sleep(BEFORE_KILL_MS);
        await kill(fault);
        await sleep(fault.holdMs);
      }),
  };
}

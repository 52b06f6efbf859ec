import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFaults } from '../../src/demo/stack/stack-provider.ts';
import type { Gate } from './gate.ts';
import type { Row } from './proxy.ts';
import { FRAME_KINDS, type FrameKind, type PlannedNetworkFault, type WayKind } from './schedule.ts';
import type { Treatment } from './treatment.ts';

export interface NetworkFaultParts {
  readonly rows: readonly Row[];
  readonly stack: Pick<StackFaults, 'pauseBroker' | 'resumeBroker'>;
  /** A broker is paused for so much longer than this: `replica.lag.time.max.ms`. */
  readonly lagMs: number;
  /** Resolves when every replica of every partition is in sync. */
  readonly inSync: () => Promise<void>;
}

/** Called when the fault begins, with what it hits. */
export type Begun = (target: string) => void;

/** Some requests come only with a new connection: after so long they are provoked. */
const PROVOKE_MS = 3000;
/** And where they do not come for all that, the next frame is as good. */
const WIDEN_MS = 6000;
/** Longer than most answers may take, shorter than a connection may. */
const LONGEST_WAY_MS = 12_000;
const LONGEST_DELAY_MS = 5000;
const LONGEST_REPEAT_MS = 20;
const LONGEST_BEYOND_LAG_MS = 2000;
const AFTER_HELD_MS = 500;

/**
 * How each kind of fault is made. A call resolves when the fault is over and only its effects are
 * left.
 */
export function createNetworkFaults(parts: NetworkFaultParts) {
  const { rows, stack, lagMs, inSync } = parts;
  const brokers = rows[0]!.gates.length;
  /**
   * Only one broker stands still at a time, and the next one only when its replicas have caught up:
   * with two of three out of sync nothing can be written, whoever writes.
   */
  let paused: Promise<unknown> = Promise.resolve();

  async function frame(
    fault: PlannedNetworkFault,
    kind: FrameKind,
    row: Row,
    begun: Begun,
  ): Promise<void> {
    const armed = row.rules.arm({
      direction: FRAME_KINDS[kind],
      api: fault.api,
      treatment: treatmentOf(fault, kind),
    });
    const provoke = setTimeout(() => {
      for (const gate of row.gates) gate.reset();
    }, PROVOKE_MS);
    const widen = setTimeout(() => {
      armed.widen();
    }, WIDEN_MS);
    try {
      begun(await armed.fired);
      // What a held frame does, it does when it arrives: until then the load has to go on.
      if (kind === 'held-request') await sleep(fault.holdMs + AFTER_HELD_MS);
    } finally {
      clearTimeout(provoke);
      clearTimeout(widen);
      armed.disarm();
    }
  }

  const ways: Readonly<
    Record<WayKind, (fault: PlannedNetworkFault, row: Row, begun: Begun) => Promise<void>>
  > = {
    refused: async (fault, row, begun) => {
      const [gate, target] = gateOf(fault, row);
      begun(target);
      gate.refuse();
      await sleep(wayMs(fault));
      await gate.listen();
    },
    blackholed: async (fault, row, begun) => {
      const [gate, target] = gateOf(fault, row);
      begun(target);
      gate.shutOff('request', 'answer');
      await sleep(wayMs(fault));
      gate.open();
    },
    'one-way': async (fault, row, begun) => {
      const [gate, target] = gateOf(fault, row);
      const direction = fault.share < 0.5 ? 'request' : 'answer';
      begun(`${direction}s of ${target}`);
      gate.shutOff(direction);
      await sleep(wayMs(fault));
      gate.open();
    },
    'dead-connections': async (_fault, row, begun) => {
      begun('all connections');
      for (const gate of row.gates) gate.kill();
    },
    'paused-broker': async (fault, _row, begun) => {
      const broker = Math.floor(fault.broker * brokers);
      const turn = paused.then(async () => {
        begun(`broker ${broker + 1}`);
        stack.pauseBroker(broker);
        try {
          await sleep(lagMs + Math.min(fault.holdMs, LONGEST_BEYOND_LAG_MS));
        } finally {
          stack.resumeBroker(broker);
        }
      });
      paused = turn.then(inSync).catch(() => undefined);
      await turn;
    },
  };

  return (fault: PlannedNetworkFault, replica: number, begun: Begun): Promise<void> => {
    const { kind } = fault;
    const row = rows[replica]!;
    return isFrameKind(kind) ? frame(fault, kind, row, begun) : ways[kind](fault, row, begun);
  };
}

function gateOf({ broker }: PlannedNetworkFault, { gates }: Row): [Gate, string] {
  const index = Math.floor(broker * gates.length);
  return [gates[index]!, `broker ${index + 1}`];
}

const wayMs = ({ holdMs }: PlannedNetworkFault): number => Math.min(holdMs, LONGEST_WAY_MS);

function isFrameKind(kind: string): kind is FrameKind {
  return Object.hasOwn(FRAME_KINDS, kind);
}

export function treatmentOf({ share, holdMs }: PlannedNetworkFault, kind: FrameKind): Treatment {
  switch (kind) {
    case 'lost-answer':
      return { does: 'lose and reset' };
    case 'silent-answer':
      return { does: 'lose' };
    case 'reset-in-answer':
    case 'reset-in-request':
      return { does: 'break off', share };
    case 'held-request':
      return { does: 'hold', ms: holdMs };
    case 'repeated-request':
      return { does: 'repeat', afterMs: share * LONGEST_REPEAT_MS };
    case 'delayed-request':
    case 'delayed-answer':
      return { does: 'delay', ms: Math.min(holdMs, LONGEST_DELAY_MS) };
    case 'dripping-answer':
      return { does: 'drip', ms: Math.min(holdMs, LONGEST_DELAY_MS) };
    case 'half-open':
      return { does: 'half open' };
  }
}

import { Random } from '../../src/demo/simulate/random.ts';
import type { Api } from './frames.ts';

/** Faults of one frame, with the direction in which it is caught. */
export const FRAME_KINDS = {
  'lost-answer': 'answer',
  'silent-answer': 'answer',
  'reset-in-answer': 'answer',
  'reset-in-request': 'request',
  'held-request': 'request',
  'repeated-request': 'request',
  'delayed-request': 'request',
  'delayed-answer': 'answer',
  'dripping-answer': 'answer',
  'half-open': 'request',
} as const;

/** Faults of the way between a replica and a broker, of all ways of a replica, or of a broker. */
export const WAY_KINDS = [
  'refused',
  'blackholed',
  'one-way',
  'dead-connections',
  'paused-broker',
] as const;

export type FrameKind = keyof typeof FRAME_KINDS;
export type WayKind = (typeof WAY_KINDS)[number];
export type NetworkKind = FrameKind | WayKind;

export const NETWORK_KINDS: readonly NetworkKind[] = [
  ...(Object.keys(FRAME_KINDS) as FrameKind[]),
  ...WAY_KINDS,
];

/** The requests of a consumer, of a producer, and of its transactions. */
export const HIT_APIS: readonly Api[] = [
  'Fetch',
  'ListOffsets',
  'Metadata',
  'OffsetFetch',
  'FindCoordinator',
  'JoinGroup',
  'SyncGroup',
  'Heartbeat',
  'OffsetCommit',
  'Produce',
  'InitProducerId',
  'AddPartitionsToTxn',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn',
  'ApiVersions',
];

export interface PlannedNetworkFault {
  readonly kind: NetworkKind;
  /** The request whose frame is caught. */
  readonly api: Api;
  /** Which of the replicas and brokers that can be hit, as a share of them, in [0, 1). */
  readonly replica: number;
  readonly broker: number;
  /** A number in [0, 1) for what else a kind leaves open. */
  readonly share: number;
  readonly pauseMs: number;
  /** How long it lasts, or the frame is held. */
  readonly holdMs: number;
}

export interface NetworkScheduleOptions {
  readonly seed: number;
  readonly count: number;
  readonly kinds?: readonly NetworkKind[] | undefined;
  readonly apis?: readonly Api[] | undefined;
  readonly longestHoldMs?: number;
}

const LONGEST_PAUSE_MS = 500;
const SHORTEST_HOLD_MS = 1000;
/** A request of the connection before may come so much later. */
export const LONGEST_HOLD_MS = 30_000;

/**
 * The faults of a run in their order; the same seed gives the same ones. Kinds come in shuffled
 * rounds, and so do, for each kind, the requests that it hits: all pairs come, and about as often.
 */
export function planNetworkFaults(options: NetworkScheduleOptions): PlannedNetworkFault[] {
  const {
    seed,
    count,
    kinds = NETWORK_KINDS,
    apis = HIT_APIS,
    longestHoldMs = LONGEST_HOLD_MS,
  } = options;
  const random = new Random(seed);
  const nextKind = rounds(kinds, random);
  const nextApi = new Map(kinds.map((kind) => [kind, rounds(apis, random)]));
  return Array.from({ length: count }, () => {
    const kind = nextKind();
    return {
      kind,
      api: nextApi.get(kind)!(),
      replica: random.next(),
      broker: random.next(),
      share: random.next(),
      pauseMs: Math.round(random.uniform(0, LONGEST_PAUSE_MS)),
      // Short ones are more frequent: their frames come while more is still under way.
      holdMs: Math.round(
        SHORTEST_HOLD_MS + (longestHoldMs - SHORTEST_HOLD_MS) * random.next() ** 2,
      ),
    };
  });
}

/** Deals all of them, in another order each time. */
function rounds<T>(items: readonly T[], random: Random): () => T {
  let left: T[] = [];
  return () => {
    if (left.length === 0) left = [...items];
    return left.splice(random.index(left.length), 1)[0]!;
  };
}

import { parseArgs } from 'node:util';
import { KAFKA_VERSION } from '../src/demo/stack/maven-artifacts.ts';
import { BUGS, type Bug } from './bug.ts';
import { APIS, type Api } from './network/frames.ts';
import type { Slow } from './network/rules.ts';
import { LEAST_SWAPS } from './rollout/plan.ts';
import { NETWORK_KINDS, type NetworkKind } from './network/schedule.ts';

export type Delivery = 'at-least-once' | 'exactly-once';

export interface ChaosOptions {
  readonly events: number;
  readonly replicas: number;
  readonly delivery: Delivery;
  readonly seed: number;
  readonly faults: number;
  /** The whole run, start and evaluation included, takes no longer. */
  readonly minutes: number;
  readonly bug: Bug | undefined;
  readonly write: boolean;
  /** Folder for the logs of the replicas, which are thrown away otherwise. */
  readonly logs: string | undefined;
  /** Of the brokers; the one that the project is tested with where nothing is said. */
  readonly kafkaVersion: string | undefined;
  /** Wires break, instead of replicas and brokers; what follows is of such runs alone. */
  readonly network: boolean;
  readonly brokers: number;
  readonly kinds: readonly NetworkKind[] | undefined;
  readonly apis: readonly Api[] | undefined;
  /** So many faults at a time, each on another replica. */
  readonly atOnce: number;
  /** By how much requests are late, all the while, ms. */
  readonly slow: Slow;
  /** File with a part of a configuration that is put over the replicas'. */
  readonly settings: string | undefined;
  /** Versions of the model and policies come and go, instead of faults; what follows is of such runs. */
  readonly rollout: boolean;
  /** Versions that take over. */
  readonly swaps: number;
  /** Events a second. */
  readonly rate: number;
}

const API_NAMES = Object.keys(APIS) as Api[];

export const USAGE = `npm run chaos -- [options]
  --events N       events to score, spread over the schedule of faults (500000)
  --replicas R     scorers of one group, at least 2 (3)
  --delivery D     at-least-once or exactly-once (exactly-once)
  --seed S         the same seed gives the same schedule (1)
  --faults N       faults to inject (20)
  --minutes M      the run ends by itself within this time (15; with --rollout 30)
  --bug B          break the program on purpose: ${BUGS.join(' or ')}; the run has to turn red
  --write          put the result into docs/chaos.md as well
  --logs DIR       keep the logs of the replicas there
  --kafka V        version of the brokers, from Maven: 3.9.1 (${KAFKA_VERSION})

npm run chaos -- --network [options]    wires break: a proxy stands between every replica and every broker
  --kinds A,B      kinds of faults, of ${NETWORK_KINDS.join(', ')} (all)
  --apis A,B       requests whose frames are hit, as Kafka names them: Fetch, Produce, EndTxn … (all)
  --brokers N      1 or 3 (3)
  --at-once N      faults at a time, each on another replica (1)
  --slow A=MS      every request A is so late, and overtaken, which makes room for what a held one may meet
  --settings FILE  YAML that is put over the configuration of the replicas

npm run chaos -- --rollout [options]    models and policies come and go, and replicas while they do; one broker, 2 replicas
  --swaps N        versions that take over, at least ${LEAST_SWAPS} (20)
  --rate N         events a second (600)`;

/** Reads the command line; throws a TypeError or a RangeError that says what is wrong with it. */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '500000' },
      replicas: { type: 'string' },
      delivery: { type: 'string', default: 'exactly-once' },
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '20' },
      minutes: { type: 'string' },
      bug: { type: 'string' },
      write: { type: 'boolean', default: false },
      logs: { type: 'string' },
      kafka: { type: 'string' },
      network: { type: 'boolean', default: false },
      kinds: { type: 'string' },
      apis: { type: 'string' },
      brokers: { type: 'string' },
      'at-once': { type: 'string', default: '1' },
      slow: { type: 'string' },
      settings: { type: 'string' },
      rollout: { type: 'boolean', default: false },
      swaps: { type: 'string', default: '20' },
      rate: { type: 'string', default: '600' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const ofNetwork = ['kinds', 'apis', 'slow', 'settings'] as const;
  const alone = values.network ? undefined : ofNetwork.find((name) => values[name] !== undefined);
  if (alone !== undefined) throw new RangeError(`--${alone} has to be used with --network`);
  if (values.write && values.kafka !== undefined) {
    throw new RangeError('--write has to be used without --kafka: the page is of one version');
  }
  if (values.network && values.rollout)
    throw new RangeError('--rollout has to be used without --network');
  return {
    events: whole('events', values.events, 1),
    replicas: whole('replicas', values.replicas ?? (values.rollout ? '2' : '3'), 2),
    delivery: oneOf('delivery', values.delivery, ['at-least-once', 'exactly-once']),
    seed: whole('seed', values.seed, 0),
    faults: whole('faults', values.faults, 1),
    minutes: whole('minutes', values.minutes ?? (values.rollout ? '30' : '15'), 1),
    bug: values.bug === undefined ? undefined : oneOf('bug', values.bug, BUGS),
    write: values.write,
    logs: values.logs,
    kafkaVersion: values.kafka === undefined ? undefined : version('kafka', values.kafka),
    network: values.network,
    brokers: whole('brokers', values.brokers ?? (values.rollout ? '1' : '3'), 1),
    kinds: listOf('kinds', values.kinds, NETWORK_KINDS),
    apis: listOf('apis', values.apis, API_NAMES),
    atOnce: whole('at-once', values['at-once'], 1),
    slow: values.slow === undefined ? {} : slowness(values.slow),
    settings: values.settings,
    rollout: values.rollout,
    swaps: whole('swaps', values.swaps, LEAST_SWAPS),
    rate: whole('rate', values.rate, 1),
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`--${name} has to be a whole number of ${least} or more`);
  }
  return value;
}

function version(name: string, text: string): string {
  if (!/^\d+\.\d+\.\d+$/.test(text)) {
    throw new RangeError(`--${name} has to be a version as 3.9.1 is one`);
  }
  return text;
}

function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new RangeError(`--${name} has to be ${choices.join(' or ')}`);
  return choice;
}

function slowness(text: string): Slow {
  const pairs = text.split(',').map((part) => {
    const [api = '', ms = ''] = part.trim().split('=');
    return [oneOf('slow', api, API_NAMES), whole('slow', ms, 1)] as const;
  });
  return Object.fromEntries(pairs);
}

function listOf<T extends string>(
  name: string,
  text: string | undefined,
  choices: readonly T[],
): T[] | undefined {
  return text?.split(',').map((part) => oneOf(name, part.trim(), choices));
}

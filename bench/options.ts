import { parseArgs } from 'node:util';
import { readAxes, type Axis } from './sweep-points.ts';

export type Measuring =
  | 'throughput'
  | 'latency'
  | 'sweep'
  | 'memory'
  | 'group'
  | 'profile'
  | 'swap'
  | 'challenger'
  | 'pair';

export interface BenchOptions {
  readonly measure: readonly Measuring[];
  readonly events: number;
  readonly rounds: number;
  readonly partitions: number;
  /** Runs the scorer twice in every round: the difference of the two is what chance does. */
  readonly aa: boolean;
  /** Runs the scorer with transactions as well. */
  readonly exactlyOnce: boolean;
  /** Runs the scorer with this version as challenger as well. */
  readonly challenger: string | undefined;
  /** Runs the scorer with further keys as well, under a name of its own. */
  readonly beside: readonly Beside[];
  /** Runs the scorer with so many processes as well; 1: does not. */
  readonly processes: number;
  /** Events a second of the paced runs, and how long each lasts. */
  readonly rates: readonly number[];
  readonly seconds: number;
  /** What is swept over where sweeps are measured. */
  readonly axes: readonly Axis[];
  readonly sweepEvents: number;
  readonly sweepRounds: number;
  /** Events of the memory run, in all. */
  readonly memoryEvents: number;
  /** Sizes of the groups without work, and partitions of the topic they share. */
  readonly members: readonly number[];
  readonly groupPartitions: number;
  /** Swaps of the model in a row. */
  readonly swaps: number;
  readonly write: boolean;
  readonly main: string;
  readonly modelDir: string;
  readonly champion: string;
  readonly sets: readonly string[];
  /** Where CPU profiles of the programs go. */
  readonly profile: string | undefined;
}

export interface Beside {
  readonly name: string;
  readonly sets: readonly string[];
}

export const USAGE = `npm run bench -- [options]
npm run bench -- monitor   what drift, fairness and quality cost for each event, without a broker
npm run bench -- pipeline  what reasons, drift, fairness and labels cost for each event on its way, without a broker
npm run bench -- challenger [ROUNDS]  what a challenger costs for each event beside its own inference, without a broker
npm run bench -- policy    what a policy costs for each event, without a broker
npm run bench -- shap      contributions of trees beside those of shap, LightGBM and XGBoost: PYTHON names a Python with them
  --measure WHAT   some of throughput, latency, profile, sweep, memory, group, swap, challenger, pair with commas between (throughput,latency);
                   memory takes long: 20 million events, and the disk space for them
  --events N       throughput: backlog to work off (500000)
  --rates N,N      latency: events a second, evenly paced (2000)
  --seconds N      latency: how long each run is measured (20)
  --rounds N       runs of each program, interleaved (5)
  --partitions N   of the input and the output topic (4)
  --aa             run the scorer twice in every round: how far apart equal programs come out
  --exactly-once   run the scorer with delivery: exactly-once as well
  --sweep WHAT     measure sweeps only, over: all, or some of batch, features, bytes, model, partitions,
                   guarantee, processes, columns with commas between
  --sweep-events N, --sweep-rounds N   of every point (200000, 3)
  --memory-events N  of the memory run (20000000)
  --members N,N    group: members of a group without work (10,50,100,200)
  --group-partitions N   of the topic they share (1000)
  --swaps N        swap: swaps of the model in a row (200); the first of --rates and --seconds are those under load
                   challenger takes the first of --rates and --seconds for its even pace, and is printed only
                   pair runs the scorer and each of --beside at the same time, and is printed only
  --challenger V   run the scorer with this version as challenger as well
  --beside 'NAME|PATH=VALUE|PATH=VALUE'  run the scorer with these keys as well; may be repeated
  --processes N    run the scorer with so many processes as well
  --write          keep what is measured: page, picture and data in docs/benchmarks.*, the table in README.md;
                   parts that are not measured stay as they are
  --program FILE   the built program (dist/main.js)
  --model DIR      folder with the model's versions (models/fraud)
  --champion V     its version (1)
  --set PATH=VALUE override one key of the scorer's configuration; may be repeated
  --profile DIR    write a CPU profile of every run there (which slows it)`;

/** Reads the command line; throws a TypeError or a RangeError that says what is wrong with it. */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '500000' },
      rounds: { type: 'string', default: '5' },
      partitions: { type: 'string', default: '4' },
      aa: { type: 'boolean', default: false },
      'exactly-once': { type: 'boolean', default: false },
      challenger: { type: 'string' },
      beside: { type: 'string', multiple: true, default: [] },
      processes: { type: 'string', default: '1' },
      sweep: { type: 'string' },
      'sweep-events': { type: 'string', default: '200000' },
      'sweep-rounds': { type: 'string', default: '3' },
      'memory-events': { type: 'string', default: '20000000' },
      members: { type: 'string', default: '10,50,100,200' },
      'group-partitions': { type: 'string', default: '1000' },
      swaps: { type: 'string', default: '200' },
      measure: { type: 'string' },
      rates: { type: 'string', default: '2000' },
      seconds: { type: 'string', default: '20' },
      write: { type: 'boolean', default: false },
      program: { type: 'string', default: 'dist/main.js' },
      model: { type: 'string', default: 'models/fraud' },
      champion: { type: 'string', default: '1' },
      set: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    events: count('events', values.events),
    rounds: count('rounds', values.rounds),
    partitions: count('partitions', values.partitions),
    aa: values.aa,
    exactlyOnce: values['exactly-once'],
    challenger: values.challenger,
    beside: values.beside.map(besideOf),
    processes: count('processes', values.processes),
    measure: (values.measure ?? (values.sweep === undefined ? 'throughput,latency' : 'sweep'))
      .split(',')
      .map(measuring),
    memoryEvents: count('memory-events', values['memory-events']),
    members: values.members.split(',').map((members) => count('members', members)),
    groupPartitions: count('group-partitions', values['group-partitions']),
    swaps: count('swaps', values.swaps),
    axes: readAxes(values.sweep ?? 'all'),
    sweepEvents: count('sweep-events', values['sweep-events']),
    sweepRounds: count('sweep-rounds', values['sweep-rounds']),
    rates: values.rates.split(',').map((rate) => count('rates', rate)),
    seconds: count('seconds', values.seconds),
    write: values.write,
    main: values.program,
    modelDir: values.model,
    champion: values.champion,
    sets: values.set,
    profile: values.profile,
  };
}

function besideOf(text: string): Beside {
  const [name = '', ...sets] = text.split('|');
  if (name === '' || sets.length === 0 || !sets.every((set) => set.includes('=')))
    throw new RangeError(`--beside has to be NAME|PATH=VALUE, not ${text}`);
  return { name, sets };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`--${name} has to be a whole number above 0`);
  return value;
}

const MEASURINGS: readonly Measuring[] = [
  'throughput',
  'latency',
  'sweep',
  'memory',
  'group',
  'profile',
  'swap',
  'challenger',
  'pair',
];

function measuring(text: string): Measuring {
  const known = MEASURINGS.find((name) => name === text);
  if (known === undefined)
    throw new RangeError(`--measure has to be some of ${MEASURINGS.join(', ')}, not ${text}`);
  return known;
}

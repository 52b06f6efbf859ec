import { reportGroup } from './group.ts';
import type { Measured } from './measure.ts';
import { reportMemory } from './memory.ts';
import { reportProfile } from './profile.ts';
import { reportLatency } from './report-latency.ts';
import { reportSwaps } from './report-swaps.ts';
import { reportSweep } from './report-sweep.ts';
import { round, spread, table } from './report-table.ts';
import type { Kept, Results } from './results.ts';
import { isTie, median, spreadOfPair } from './statistics.ts';

export interface Throughput {
  readonly measured: readonly Measured[];
  readonly events: number;
  readonly partitions: number;
  readonly model: string;
  /** Mean size of an event's value, bytes. */
  readonly eventBytes: number;
}

/** A figure of a run that is compared. */
interface Figure {
  readonly title: string;
  readonly of: (run: Measured) => number;
  readonly show: (value: number) => string;
}

const ratio = round(2);

const SPEED: Figure = { title: 'events/s', of: (run) => run.eventsPerSecond, show: round(0) };
const CPU: Figure = {
  title: 'CPU-seconds per million',
  of: (run) => run.cpuSecondsPerMillion,
  show: round(2),
};
const RSS: Figure = { title: 'peak RSS (MB)', of: (run) => run.peakRssBytes / 1e6, show: round(0) };
const START: Figure = {
  title: 'first output after (s)',
  of: (run) => run.startSeconds,
  show: round(2),
};
const WALL: Figure = { title: 'wall (s)', of: (run) => run.wallSeconds, show: round(1) };
const FIGURES = [CPU, SPEED, RSS, START, WALL];

/**
 * The throughput runs as Markdown: medians with their spread, ratios to the first program, and
 * every run.
 */
export function reportThroughput({
  measured,
  events,
  partitions,
  model,
  eventBytes,
}: Throughput): string {
  const byProgram = Map.groupBy(measured, ({ program }) => program);
  const [base, ...others] = [...byProgram.keys()];
  const complete = (runs: readonly Measured[]): string =>
    `${runs.filter((run) => run.complete).length} of ${runs.length}`;
  const medians = table(
    ['program', ...FIGURES.map(({ title }) => title), 'complete runs'],
    [...byProgram].map(([name, runs]) => [
      name,
      ...FIGURES.map((figure) => spread(runs.map(figure.of), figure.show)),
      complete(runs),
    ]),
  );
  const pairs = [
    ...others.map((name) => [name, base!] as const),
    ...others.slice(1).map((name) => [name, others[0]!] as const),
  ];
  const ratios = table(
    ['ratio', 'figure', 'of medians', 'round by round', ''],
    pairs.flatMap(([name, to]) =>
      [CPU, SPEED].map((figure) => {
        const [own, other] = [byProgram.get(name)!, byProgram.get(to)!];
        const again = byProgram.get(AGAIN);
        const chance =
          again === undefined ? NaN : spreadOfPair(ratiosOf(again, byProgram.get(TWICE)!, figure));
        return ratioRow(
          `${name} / ${to}`,
          own,
          other,
          figure,
          name === AGAIN && to === TWICE ? undefined : chance,
        );
      }),
    ),
  );
  const every = table(
    ['round', 'program', ...FIGURES.map(({ title }) => title), 'records written'],
    measured.map((run) => [
      String(run.round),
      run.program,
      ...FIGURES.map(({ of, show }) => show(of(run))),
      `${run.written.toLocaleString('en-US')}${run.complete ? '' : ' (NOT complete)'}`,
    ]),
  );
  const n = events.toLocaleString('en-US');
  return `## Throughput: a backlog of ${n} events

One process, ${partitions} partitions, ${model}; ${Math.round(eventBytes)} bytes an event; at-least-once unless a row says otherwise. Medians (lowest to highest).

${medians}

${ratios}

Every run, in the order of the runs:

${every}
`;
}

/** The program that runs twice with `--aa`, and its second run. */
const TWICE = 'scorer';
export const AGAIN = `${TWICE} (again)`;

const ratiosOf = (runs: readonly Measured[], base: readonly Measured[], { of }: Figure): number[] =>
  runs.map((run, i) => of(run) / of(base[i]!));

/**
 * `chance`: how far from 1 two runs of one program came out, as a factor; NaN unknown, undefined
 * where this is that pair.
 */
function ratioRow(
  title: string,
  runs: readonly Measured[],
  base: readonly Measured[],
  figure: Figure,
  chance: number | undefined,
): string[] {
  const ofMedians = median(runs.map(figure.of)) / median(base.map(figure.of));
  const tie = chance !== undefined && isTie(ofMedians, chance);
  const rounds = ratiosOf(runs, base, figure).map(ratio).join(', ');
  return [
    title,
    figure.title,
    ratio(ofMedians),
    rounds,
    chance === undefined ? 'chance' : tie ? 'a tie' : '',
  ];
}

/**
 * The whole page: the picture, each part with how and where it was measured, and how to read them.
 */
export function reportPage(results: Results): string {
  const { throughput, latency, profile, sweep, memory, group, swap } = results;
  const parts = [
    throughput && part(throughput, reportThroughput),
    latency && part(latency, reportLatency),
    profile && part(profile, reportProfile),
    sweep && part(sweep, reportSweep),
    memory && part(memory, reportMemory),
    group && part(group, reportGroup),
    swap && part(swap, reportSwaps),
  ].filter((text) => text !== undefined);
  return `# Benchmarks

Made by \`npm run bench -- --write\`; do not edit. \`npm run bench -- --help\` lists what you can vary. [benchmarks.json](benchmarks.json) has
every run for a machine to read. [sizing.md](sizing.md) derives from these figures how many machines you need.

The bench runs the built program, and beside it a plain loop that only copies records with kafkajs, in interleaved rounds: over a
backlog for the throughput, and at an even pace for the latency.

![The medians as bars, with the range of their rounds](benchmarks.svg)

${parts.join('\n')}
${HOW_TO_READ}`;
}

function part<T>({ command, date, machine, given }: Kept<T>, report: (given: T) => string): string {
  const { cores, cpu, memoryBytes, system, versions } = machine;
  const software = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
  const facts = `${cores} cores (${cpu}), ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}; ${software}`;
  return `${report(given)}\n<sub>\`${command}\` on ${date}: ${facts}</sub>\n`;
}

const HOW_TO_READ = `## How to read it

Read CPU-seconds first.

- **copy loop** is the yardstick: kafkajs without any change, which reads records and writes them unchanged (at most 500 per send, one
  send in flight per partition, all in-sync replicas, offsets committed after the acknowledgement). It computes nothing.
- **events/s**: between the moments at which 10 % and 90 % of the output had been appended, by the clock of the broker
  (LogAppendTime). The start and the end are not included.
- **CPU-seconds per million**: user and system time of the whole process between the same moments. It varies less than
  events/s from run to run, and shows how large a machine has to be. It does not include the broker and the bench. It needs Linux, and a
  broker with the clock of this machine.
- **peak RSS**: the highest resident memory of the process. **wall**: from the start of the process to its last output.
- **complete**: the output has exactly one record per event (of finished transactions, if there are any), and the program
  ended after SIGTERM with exit code 0.
- **latency**: from the moment at which an event was due to be sent, by an even pace, until a reader of committed records had its
  output. It includes sending, the broker, the program and the reader. The first seconds of a run are not included.
- Each round runs every program once, and every other round runs them in reverse order. Each run has a new topic and a new group, and all
  read the same backlog. No round is left out. Broker, programs and bench share the machine, so compare only figures of one page.
- **scorer (again)**, with \`--aa\`, is the same program a second time. A ratio of medians is **a tie** if it is no further from 1 than
  these two were from each other in any round, whatever its digits say.
- **first output after**: from the start of the process until the broker had appended its first output. It includes loading the model,
  connecting and joining the group.
- **stages** (sweeps): the program's own stage histogram over the whole run, without produce and commit. It is wall time. decode
  and infer answer in a later turn of the event loop, so with several partitions they include the wait for the others. The row of one
  partition does not, and neither does the profile.
`;

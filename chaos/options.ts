import { parseArgs } from 'node:util';
import { BUGS, type Bug } from './bug.ts';

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
}

export const USAGE = `npm run chaos -- [options]
  --events N       events to score, spread over the schedule of faults (500000)
  --replicas R     scorers of one group, at least 2 (3)
  --delivery D     at-least-once or exactly-once (exactly-once)
  --seed S         the same seed gives the same schedule (1)
  --faults N       faults to inject (20)
  --minutes M      the run ends by itself within this time (15)
  --bug B          break the program on purpose: ${BUGS.join(' or ')}; the run has to turn red
  --write          put the result into docs/chaos.md as well
  --logs DIR       keep the logs of the replicas there`;

/** Reads the command line; throws a TypeError or a RangeError that says what is wrong with it. */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '500000' },
      replicas: { type: 'string', default: '3' },
      delivery: { type: 'string', default: 'exactly-once' },
      seed: { type: 'string', default: '1' },
      faults: { type: 'string', default: '20' },
      minutes: { type: 'string', default: '15' },
      bug: { type: 'string' },
      write: { type: 'boolean', default: false },
      logs: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    events: whole('events', values.events, 1),
    replicas: whole('replicas', values.replicas, 2),
    delivery: oneOf('delivery', values.delivery, ['at-least-once', 'exactly-once']),
    seed: whole('seed', values.seed, 0),
    faults: whole('faults', values.faults, 1),
    minutes: whole('minutes', values.minutes, 1),
    bug: values.bug === undefined ? undefined : oneOf('bug', values.bug, BUGS),
    write: values.write,
    logs: values.logs,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`--${name} has to be a whole number of ${least} or more`);
  }
  return value;
}

function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined) throw new RangeError(`--${name} has to be ${choices.join(' or ')}`);
  return choice;
}

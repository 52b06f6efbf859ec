import { ScorerError, type Problem } from '../errors.ts';
import type { Format } from '../compose/score-input.ts';
import { labelProblems } from './label-options.ts';

export interface CompareOptions {
  /** Up to two: A and B. */
  readonly config: readonly string[];
  readonly set: readonly string[];
  readonly setA: readonly string[];
  readonly setB: readonly string[];
  readonly schema?: string;
  readonly input?: string;
  readonly format: Format;
  readonly topic?: string;
  readonly from?: string;
  readonly to?: string;
  readonly recorded?: boolean;
  readonly labels?: string;
  readonly labelId?: string;
  readonly label?: string;
  readonly unlabelled?: string;
  readonly amount?: string;
  readonly by?: string;
  readonly time?: string;
  readonly capacity?: number;
  readonly alarm?: string;
  readonly examples: number;
  readonly every: number;
  readonly maxEvents: number;
  readonly html?: string;
  readonly json?: string;
  readonly rows?: string;
}

const DEFAULT_CONFIG = 'config/scorer.yaml';

/** The configuration files of both sides: one file may be both. */
export function configsOf({ config }: Pick<CompareOptions, 'config'>): { a: string; b: string } {
  const [a = DEFAULT_CONFIG, b = a] = config;
  return { a, b };
}

/** What is wrong with the options together. Throws INPUT_INVALID with all of it. */
export function checkOptions(options: CompareOptions): void {
  const { config, input, topic, from, to, capacity, time } = options;
  const problems: Problem[] = [];
  const wrong = (where: string, what: string, remedy: string): void => {
    problems.push({ code: 'INPUT_INVALID', what, where, remedy });
  };
  if (config.length > 2)
    wrong('--config', 'two sides are compared, but there are more files', 'Give --config twice.');
  if ((input === undefined) === (topic === undefined))
    wrong(
      '--input',
      input === undefined ? 'there are no events to compare' : 'the events come from one place',
      'Give --input FILE, or --topic NAME with --from and --to.',
    );
  if (topic === undefined && (from ?? to) !== undefined)
    wrong('--from', '--from and --to are the bounds of a topic', 'Give --topic NAME.');
  if (options.recorded === true && topic === undefined)
    wrong('--recorded', 'only the events of a topic have recorded scores', 'Give --topic NAME.');
  problems.push(...labelProblems(options));
  if (capacity !== undefined && topic === undefined && time === undefined)
    wrong(
      '--capacity',
      'a capacity per day needs the time of each event, and events of a file have none of their own',
      'Name the field with the time: --time FIELD.',
    );
  if (capacity !== undefined && capacity < options.every)
    wrong(
      '--capacity',
      `of ${capacity} reviews per day, none is left for every ${options.every}th event`,
      'Compare more of the events: a lower --every.',
    );
  if (problems.length > 0) throw new ScorerError(problems);
}

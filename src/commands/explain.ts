import type { Explanation, Verdict } from '../audit/explanation.ts';
import { sampleText, sampleVerdict } from '../audit/sample-report.ts';
import { textReport } from '../audit/text-report.ts';
import { explainScore, type PastSettings } from '../compose/audit-explain.ts';
import { sampleScores } from '../compose/audit-sample.ts';
import { withPolicyOf } from '../compose/audit-version.ts';
import { openRegistry, rangeReaderOf } from '../compose/offline-kafka.ts';
import { loadConfig } from '../config/load.ts';
import { ScorerError, type Problem } from '../errors.ts';
import { progressBar } from '../files/progress.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import { openOutput } from './compare-outputs.ts';
import type { CommonOptions, ExitCode, ScoreContext } from './context.ts';
import { boundsOf } from './range-options.ts';
import { endedEarly } from './signals.ts';

export interface ExplainOptions extends CommonOptions {
  readonly topic: string;
  readonly partition?: number;
  readonly offset?: number;
  readonly sample?: number;
  readonly from?: string;
  readonly to?: string;
  readonly seed: number;
  readonly policy: readonly string[];
  readonly schema?: string;
  readonly tolerance: number;
  readonly json?: string;
  readonly counterfactual?: boolean;
}

const STANDARD = '-';
/** 1: something is different. 2: something that is needed is not there. */
const EXIT: Readonly<Record<Verdict, ExitCode>> = { matches: 0, differs: 1, incomplete: 2 };

/** Recomputes past scores, and says whether they match. Reads only. */
export async function explain(options: ExplainOptions, context: ScoreContext): Promise<ExitCode> {
  checkOptions(options);
  const { env, cwd, err, stop, errTerminal } = context;
  const given = { file: options.config, sets: options.set, env, cwd };
  const { settings } = await loadConfig(given);
  const policies = await Promise.all(options.policy.map((file) => withPolicyOf(file, given)));
  const running = new Lifecycle(stop);
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  const output =
    options.json === undefined
      ? undefined
      : await openOutput(options.json, 'the JSON file', new Set(), context);
  try {
    const past: PastSettings = {
      policies,
      config: options.config,
      readers: (own) => readersOf(own, options, cwd),
      tolerance: options.tolerance,
      note: (what) => {
        err(`note: ${what}\n`);
      },
    };
    const kafka = {
      settings,
      reader: await rangeReaderOf(settings),
      registry: await openRegistry(running, settings),
      signal: stop,
      onShare: (share: number, events: number) =>
        bar?.show({ bytes: 0, total: undefined, share, events }),
    };
    const { result, text, verdict } = await running.step(() =>
      options.sample === undefined
        ? one(options, { ...kafka, ...past, lifecycle: running })
        : several(options, { ...kafka, ...past }),
    );
    bar?.clear();
    await output?.write(`${JSON.stringify(result, null, 2)}\n`);
    await output?.keep();
    if (options.json !== STANDARD) context.out(text);
    return EXIT[verdict];
  } catch (error) {
    return endedEarly(error, context);
  } finally {
    bar?.clear();
    await output?.discard();
    await running.stop();
  }
}

interface Result {
  readonly result: object;
  readonly text: string;
  readonly verdict: Verdict;
}

async function one(
  { topic, partition, offset, counterfactual }: ExplainOptions,
  how: Omit<Parameters<typeof explainScore>[0], 'asked'>,
): Promise<Result> {
  const asked = { topic, partition: partition!, offset: offset! };
  const result: Explanation = await explainScore({
    ...how,
    asked,
    counterfactual: counterfactual === true,
  });
  return { result, text: textReport(result), verdict: result.verdict };
}

async function several(
  options: ExplainOptions,
  how: Omit<Parameters<typeof sampleScores>[0], 'size' | 'seed'>,
): Promise<Result> {
  const { topic, sample, seed, config } = options;
  const { input, output } = how.settings;
  if (topic !== output.topic && !input.topics.includes(topic))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `the topic ${topic} is neither an input topic nor the output topic of ${config}`,
      where: '--topic',
      remedy: `Choose one of ${[...input.topics, output.topic].join(', ')}.`,
    });
  const result = await sampleScores({
    ...how,
    ...boundsOf(options, Date.now()),
    ...(topic === output.topic ? {} : { topic }),
    size: sample!,
    seed,
  });
  return { result, text: sampleText(result), verdict: sampleVerdict(result) };
}

/** Throws INPUT_INVALID with everything that is wrong with the options together. */
function checkOptions(options: ExplainOptions): void {
  const { partition, offset, sample, from, to, tolerance, counterfactual } = options;
  const problems: Problem[] = [];
  const wrong = (where: string, what: string, remedy: string): void => {
    problems.push({ code: 'INPUT_INVALID', what, where, remedy });
  };
  const place = partition !== undefined && offset !== undefined;
  if (sample === undefined && !place)
    wrong(
      '--offset',
      'one record is a topic, a partition and an offset',
      'Give --partition and --offset, or --sample for many scores.',
    );
  if (sample !== undefined && (partition ?? offset) !== undefined)
    wrong('--sample', 'a sample has no single place', 'Give either --sample, or one record.');
  if (sample !== undefined && counterfactual === true)
    wrong('--counterfactual', 'it is for one record', 'Give --partition and --offset.');
  if (sample === undefined && (from ?? to) !== undefined)
    wrong('--from', '--from and --to are the bounds of a sample', 'Give --sample COUNT.');
  if (!(tolerance >= 0))
    wrong('--tolerance', 'it must be a number from 0', 'Give a number such as 1e-6.');
  if (problems.length > 0) throw new ScorerError(problems);
}

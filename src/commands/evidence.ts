import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isAvailable, type Evidence, type EvidenceFile } from '../audit/evidence.ts';
import { sampleVerdict } from '../audit/sample-report.ts';
import { collectEvidence } from '../compose/evidence.ts';
import { withPolicyOf } from '../compose/audit-version.ts';
import { openRegistry, rangeReaderOf } from '../compose/offline-kafka.ts';
import { loadConfig } from '../config/load.ts';
import type { Bound } from '../consume/range-reader.ts';
import { ScorerError } from '../errors.ts';
import { unwritable } from '../files/destination.ts';
import { progressBar } from '../files/progress.ts';
import { Lifecycle } from '../runtime/lifecycle.ts';
import { readersOf } from './check-examine.ts';
import type { CommonOptions, ExitCode, ScoreContext } from './context.ts';
import { boundOf, boundsOf } from './range-options.ts';
import { endedEarly } from './signals.ts';

export interface EvidenceOptions extends CommonOptions {
  readonly from: string;
  readonly to: string;
  readonly output: string;
  readonly labelsTo?: string;
  readonly sample: number;
  readonly seed: number;
  readonly policy: readonly string[];
  readonly schema?: string;
  readonly tolerance: number;
}

/** Packs what is known about a range of time into a folder with an index page. Reads only. */
export async function evidence(options: EvidenceOptions, context: ScoreContext): Promise<ExitCode> {
  const { env, cwd, err, out, stop, errTerminal } = context;
  const bounds = boundsOf(options, Date.now());
  const [from, to] = [timeOf(bounds.from, '--from'), timeOf(bounds.to, '--to')];
  if (to > Date.now())
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'the range is not over yet, so it would have other evidence later',
      where: '--to',
      remedy: 'Give a time that has passed.',
    });
  const labelsTo =
    options.labelsTo === undefined
      ? undefined
      : timeOf(boundOf(options.labelsTo, '--labels-to', Date.now()), '--labels-to');
  const given = { file: options.config, sets: options.set, env, cwd };
  const { settings } = await loadConfig(given);
  const policies = await Promise.all(options.policy.map((file) => withPolicyOf(file, given)));
  const folder = resolve(cwd, options.output);
  const made = await emptyFolder(folder);
  const running = new Lifecycle(stop);
  const bar = errTerminal ? progressBar(err, Date.now) : undefined;
  let done = false;
  try {
    const found = await running.step(async () =>
      collectEvidence({
        settings,
        policies,
        config: options.config,
        readers: (own) => readersOf(own, options, cwd),
        tolerance: options.tolerance,
        reader: await rangeReaderOf(settings),
        registry: await openRegistry(running, settings),
        signal: stop,
        from,
        to,
        labelsTo,
        sample: options.sample,
        seed: options.seed,
        note: (what) => {
          err(`note: ${what}\n`);
        },
        onStep: () => (share, events) => bar?.show({ bytes: 0, total: undefined, share, events }),
        write: (file) => writeInto(folder, file),
      }),
    );
    bar?.clear();
    done = true;
    out(summary(found, folder));
    if (!isAvailable(found.sample)) return 0;
    return sampleVerdict(found.sample.available) === 'differs' ? 1 : 0;
  } catch (error) {
    return endedEarly(error, context, 'no evidence was written');
  } finally {
    bar?.clear();
    if (!done) await discard(made, folder);
    await running.stop();
  }
}

function timeOf(bound: Bound | undefined, where: string): number {
  if (bound !== undefined && 'time' in bound) return bound.time;
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: 'evidence is about a range of time, not of offsets',
    where,
    remedy: 'Give a time such as 2026-11-27T10:00 (UTC), or an age such as 7d.',
  });
}

/** Removes the folders that were made; of one that was there, its contents. */
async function discard(made: string | undefined, folder: string): Promise<void> {
  const inside = made === undefined ? await readdir(folder).catch(() => []) : [];
  for (const path of made === undefined ? inside.map((name) => join(folder, name)) : [made])
    await rm(path, { recursive: true, force: true });
}

/** Makes the folder; undefined if it was there and is empty. */
async function emptyFolder(folder: string): Promise<string | undefined> {
  try {
    const made = await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length === 0) return made;
  } catch (error) {
    throw unwritable(error, folder);
  }
  throw new ScorerError({
    code: 'OUTPUT_UNWRITABLE',
    what: 'the folder is not empty',
    where: folder,
    remedy: 'Name a folder that does not exist.',
  });
}

async function writeInto(folder: string, { path, text }: EvidenceFile): Promise<void> {
  const file = join(folder, path);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (error) {
    throw unwritable(error, file);
  }
}

function summary(found: Evidence, folder: string): string {
  const { scores, spans, models, policies, sample } = found;
  const missing = [
    ...models.filter(({ files }) => !isAvailable(files)).map(({ version }) => `version ${version}`),
    ...policies
      .filter(({ sha256 }) => !isAvailable(sha256))
      .map(({ label }) => `policy ${label ?? '(no label)'}`),
  ];
  const lines = [
    `evidence       ${join(folder, 'index.html')}`,
    `scores         ${scores}, by ${models.length} versions and ${policies.length} policies in ${spans.length} spans`,
    ...(isAvailable(sample)
      ? [
          `recomputed     ${sample.available.sampled}: ${sample.available.verdicts.matches} match, ${sample.available.verdicts.differs} differ, ${sample.available.verdicts.incomplete} could not be compared`,
        ]
      : []),
    ...(missing.length > 0 ? [`not available  ${missing.join(', ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

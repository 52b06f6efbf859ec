import { realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { both, SIDES, type ComparedBatch } from '../compare/compared-batch.ts';
import { htmlReport } from '../compare/html-report.ts';
import type { Report } from '../compare/report.ts';
import type { Said } from '../compare/said.ts';
import { ScorerError } from '../errors.ts';
import { fileDestination, streamDestination, type Destination } from '../files/destination.ts';
import type { CompareOptions } from './compare-options.ts';
import type { ScoreContext } from './context.ts';

const STANDARD = '-';

/** Where the results of a comparison go. */
export interface Outputs {
  /** Writes what both sides say about the events of a batch, if that is asked for. */
  rows(batch: ComparedBatch): Promise<void>;
  /** Writes the report. The files appear now. */
  keep(report: Report, text: (report: Report) => string): Promise<void>;
  /** Removes what was not kept. */
  discard(): Promise<void>;
}

/** Opens the files of the results before anything is scored: a wrong name is found at once. */
export async function openOutputs(
  { input, labels, html, json, rows }: CompareOptions,
  context: ScoreContext,
): Promise<Outputs> {
  const { cwd, out } = context;
  const inputs = [input, labels].filter((file) => file !== undefined && file !== STANDARD);
  const taken = new Set(
    await Promise.all(inputs.map((file) => realpath(resolve(cwd, file!)).catch(() => file!))),
  );
  const made: Destination[] = [];
  const discard = async (): Promise<void> => {
    for (const destination of made.splice(0)) await destination.discard();
  };
  const open = async (given: string | undefined, what: string) => {
    if (given === undefined) return undefined;
    const destination = await openOutput(given, what, taken, context);
    made.push(destination);
    return destination;
  };
  try {
    const files = {
      html: await open(html, 'the page'),
      json: await open(json, 'the JSON file'),
      rows: await open(rows, 'the file of the rows'),
    };
    return {
      discard,
      rows: async (batch) => files.rows?.write(rowLines(batch)),
      keep: async (report, text) => {
        await files.html?.write(htmlReport(report));
        await files.json?.write(`${JSON.stringify(report, null, 2)}\n`);
        for (const destination of made) await destination.keep();
        made.length = 0;
        if (![html, json, rows].includes(STANDARD)) out(text(report));
      },
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** A file of the results, or stdout. `taken`: the paths of the other files of the command. */
export async function openOutput(
  given: string,
  what: string,
  taken: Set<string>,
  { cwd, stdout }: ScoreContext,
): Promise<Destination> {
  if (given === STANDARD && !taken.has(STANDARD)) {
    taken.add(STANDARD);
    return streamDestination(stdout());
  }
  const file = given === STANDARD ? 'stdout' : resolve(cwd, given);
  const path = given === STANDARD ? STANDARD : await realpath(file).catch(() => file);
  if (taken.has(path))
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: `${what} is the same file as another file of this command`,
      where: file,
    });
  taken.add(path);
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile())
    throw new ScorerError({
      code: 'OUTPUT_UNWRITABLE',
      what: `${what} is not a file`,
      where: file,
    });
  return fileDestination(path, found?.mode);
}

/** What both sides say about each event, one JSON object per line. */
export function rowLines(batch: ComparedBatch): string {
  const { topic, partition, records } = batch.batch;
  const say = both((side) => sayer(batch[side]));
  return records
    .map(({ offset }, row) => {
      const sides = SIDES.map((side) => [side, say[side](row)]);
      const place = { topic, partition, offset: Number(offset) };
      return `${JSON.stringify({ ...place, ...Object.fromEntries(sides) })}\n`;
    })
    .join('');
}

/** Null for an event that is skipped. */
function sayer({ score, names, index, by, unscored }: Said): (row: number) => object | null {
  const codes = new Map(unscored.map(({ row, code }) => [row, code]));
  return (row) => {
    const code = codes.get(row);
    if (code !== undefined) return { code };
    if (Number.isNaN(score[row])) return null;
    return {
      score: score[row]!,
      decision: index === null ? null : names[index[row]!]!,
      ...(by === undefined ? {} : { decidedBy: by(row) }),
    };
  };
}

import { createReadStream, createWriteStream } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { scoreJson } from '../avro-score-json.ts';
import { draftBlueprint } from '../blueprint.ts';
import { loadConfig } from '../config/load.ts';
import { ScorerError } from '../errors.ts';
import { checkGolden } from '../golden.ts';
import { scoreLines } from '../score-lines.ts';
import { readersOf } from './check.ts';
import type { CommonOptions, Context, ExitCode } from './context.ts';

export interface ScoreOptions extends CommonOptions {
  readonly input: string;
  readonly output: string;
  /** Avro schema of the events, instead of the registry's. */
  readonly schema?: string;
  readonly strict?: boolean;
}

/** Scores a .jsonl file without Kafka. Lines that cannot be scored are told on stderr and do not stop it. */
export async function score(options: ScoreOptions, { env, cwd, err }: Context): Promise<ExitCode> {
  const input = resolve(cwd, options.input);
  const output = resolve(cwd, options.output);
  for (const file of [input, output]) {
    if (!file.endsWith('.jsonl')) throw invalid('only .jsonl files can be scored', file);
  }
  const source = await realpath(input).catch(() => {
    throw invalid('the file cannot be read', input);
  });
  // A link to the input would empty it as well.
  if (source === (await realpath(output).catch(() => output)))
    throw invalid('input and output are the same file', input);
  const { settings } = await loadConfig({ file: options.config, sets: options.set, env, cwd });
  const { blueprint, model, problems } = await draftBlueprint(settings, await readersOf(settings, options, cwd));
  try {
    if (blueprint === undefined) throw new ScorerError(problems);
    await checkGolden(blueprint, settings);
    const json = scoreJson(blueprint.scoreSchema);
    const lines = createInterface({ input: createReadStream(input), crlfDelay: Infinity });
    let scored = 0;
    let rejected = 0;
    async function* written(): AsyncGenerator<string> {
      for await (const batch of scoreLines(lines, blueprint!, settings, basename(input))) {
        for (const result of batch) {
          if ('value' in result) {
            scored++;
            yield `${json(result.value)}\n`;
          } else {
            rejected++;
            err(`line ${result.line}: ${result.code}  ${result.message}\n`);
          }
        }
      }
    }
    await pipeline(Readable.from(written()), createWriteStream(output));
    err(`${scored} scored, ${rejected} not\n`);
    return rejected > 0 && options.strict === true ? 1 : 0;
  } finally {
    await model?.release();
  }
}

function invalid(what: string, where: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what, where });
}

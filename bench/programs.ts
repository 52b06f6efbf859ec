import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePorts } from '../src/demo/stack/free-ports.ts';
import { BANDS } from './bands.ts';
import { ProgramProcess } from './program-process.ts';

/**
 * What a program is given to do: everything in the input topic, into an output topic of its own.
 */
export interface Job {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
  readonly partitions: number;
  /** Fields of the events that the scores carry. */
  readonly carry: readonly string[];
  /** For files of this run: configuration, log, profile. */
  readonly folder: string;
}

/** One line of a comparison. */
export interface Program {
  readonly name: string;
  start(job: Job): Promise<ProgramProcess>;
}

export interface ScorerOptions {
  readonly name: string;
  /** The built program. */
  readonly main: string;
  readonly modelDir: string;
  readonly champion: string;
  /** `path=value`, as for the program's own option. */
  readonly sets: readonly string[];
  /** Options of Node for the process. */
  readonly nodeArgs: readonly string[];
  /** `run --processes`; 1 where left out. */
  readonly processes?: number;
}

/** NODE_ENV changes kafkajs' defaults; no program under test gets it. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_ENV: _env, ...env } = process.env;
  return env;
}

/** kafkajs as it comes, copying records as they are. */
export function copyLoop(nodeArgs: readonly string[]): Program {
  const script = fileURLToPath(new URL('copy-loop.ts', import.meta.url));
  return {
    name: 'copy loop',
    start: ({ brokers, input, output, group, partitions, folder }) => {
      const args = [
        '--brokers',
        brokers.join(','),
        '--input',
        input,
        '--output',
        output,
        '--group',
        group,
      ];
      const all = [...nodeArgs, script, ...args, '--partitions', String(partitions)];
      return Promise.resolve(new ProgramProcess(all, join(folder, `${group}.log`), environment()));
    },
  };
}

/** The built program, as a user runs it. */
export function scorer({
  name,
  main,
  modelDir,
  champion,
  sets,
  nodeArgs,
  processes = 1,
}: ScorerOptions): Program {
  return {
    name,
    start: async ({ brokers, registryUrl, input, output, deadLetter, group, folder, carry }) => {
      const [port] = await freePorts(1);
      const config = {
        name: 'bench',
        kafka: { brokers },
        schemaRegistry: { url: registryUrl },
        input: { topics: [input], groupId: group },
        output: { topic: output, carry },
        deadLetter: { topic: deadLetter },
        model: { dir: modelDir, champion },
        decision: BANDS,
        http: { port },
      };
      const file = join(folder, `${group}.yaml`);
      await writeFile(file, stringify(config));
      const overrides = sets.flatMap((set) => ['--set', set]);
      const args = [...nodeArgs, main, 'run', '--config', file, ...overrides];
      if (processes > 1) args.push('--processes', String(processes));
      const metricsUrl = `http://127.0.0.1:${port}/metrics`;
      return new ProgramProcess(args, join(folder, `${group}.log`), environment(), metricsUrl);
    },
  };
}

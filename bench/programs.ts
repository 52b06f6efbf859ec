import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { ProgramProcess } from './program-process.ts';

/** What a program is given to do: everything in the input topic, into an output topic of its own. */
export interface Job {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly input: string;
  readonly output: string;
  readonly deadLetter: string;
  readonly group: string;
  readonly partitions: number;
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
      const args = ['--brokers', brokers.join(','), '--input', input, '--output', output, '--group', group];
      const all = [...nodeArgs, script, ...args, '--partitions', String(partitions)];
      return Promise.resolve(new ProgramProcess(all, join(folder, `${group}.log`), environment()));
    },
  };
}

/** The built program, as a user runs it. */
export function scorer({ name, main, modelDir, champion, sets, nodeArgs }: ScorerOptions): Program {
  return {
    name,
    start: async ({ brokers, registryUrl, input, output, deadLetter, group, folder }) => {
      const config = {
        name: 'bench',
        kafka: { brokers },
        schemaRegistry: { url: registryUrl },
        input: { topics: [input], groupId: group },
        output: { topic: output, carry: ['transactionId', 'customerId'] },
        deadLetter: { topic: deadLetter },
        model: { dir: modelDir, champion },
        decision: {
          policy: 'bench',
          bands: [{ upTo: 0.3, decision: 'APPROVE' }, { upTo: 0.7, decision: 'REVIEW' }, { decision: 'REJECT' }],
        },
        http: { port: 0 },
      };
      const file = join(folder, `${group}.yaml`);
      await writeFile(file, stringify(config));
      const overrides = sets.flatMap((set) => ['--set', set]);
      const args = [...nodeArgs, main, 'run', '--config', file, ...overrides];
      return new ProgramProcess(args, join(folder, `${group}.log`), environment());
    },
  };
}

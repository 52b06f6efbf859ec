import { rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { exitCodeOf, runProgram, type ProgramContext } from '../../src/commands/program.ts';
import { configured, scoreUntilStopped } from '../../src/commands/run.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLogger } from '../../src/observe/logger.ts';
import { configFileOf, Running, type Ended } from './scorer.ts';

export interface Surroundings {
  /** Default: the folder of the project. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Runs a command of the program to its end, without a process of its own. */
export async function commandHere(
  args: readonly string[],
  { cwd = resolve('.'), env = {} }: Surroundings = {},
): Promise<Ended> {
  const said = { out: '', err: '' };
  const out = (text: string): void => void (said.out += text);
  const never = new AbortController().signal;
  const none = (): never => {
    throw new Error('a command without a process of its own has no other processes');
  };
  const context: ProgramContext = {
    env,
    cwd,
    out,
    err: (text) => (said.err += text),
    stop: never,
    kill: never,
    unread: never,
    fork: none,
    supervisor: { send: none, listen: none },
    stopSelf: none,
    terminal: false,
    errTerminal: false,
    stdin: () => Readable.from([]),
    stdout: () =>
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          out(chunk.toString());
          done();
        },
      }),
    written: () => Promise.resolve(),
  };
  const code = await runProgram(args, context);
  return { code, signal: null, ...said };
}

/** The same with a configuration. */
export async function configuredHere(config: string, command: readonly string[]): Promise<Ended> {
  const file = await configFileOf(config);
  try {
    return await commandHere([...command, '--config', file]);
  } finally {
    await rm(dirname(file), { recursive: true });
  }
}

/**
 * `run` without a process of its own, which takes a tenth of the time to start. For tests that need
 * neither signals nor several processes. The model is not tried in another process first, and may
 * take any time, unless it is `timed`.
 */
export class Here extends Running {
  readonly configFile: string;
  readonly ended: Promise<Ended>;
  log = '';
  over = false;
  readonly #stop = new AbortController();

  private constructor(configFile: string, timed: boolean) {
    super();
    this.configFile = configFile;
    const write = (text: string): void => void (this.log += text);
    this.ended = exitCodeOf(() => this.#run(timed, write), write).then(async (code) => {
      this.over = true;
      await rm(dirname(configFile), { recursive: true });
      return { code, signal: null, out: '', err: this.log };
    });
  }

  static async start(config: string, { timed = false } = {}): Promise<Here> {
    return new Here(await configFileOf(config), timed);
  }

  static async running(config: string, options?: { readonly timed?: boolean }): Promise<Here> {
    return (await Here.start(config, options)).started();
  }

  async #run(timed: boolean, write: (text: string) => void) {
    const context = { env: {}, cwd: resolve('.'), stop: this.#stop.signal };
    const given = await configured({ config: this.configFile, set: [] }, context);
    const limits = timed ? (settings: Settings) => settings : untimed;
    const settings = limits(given.settings);
    const logger = createLogger(settings.log.level, settings.name, { write });
    const reload = async (): Promise<Settings | undefined> => {
      const newer = await given.reload();
      return newer && limits(newer);
    };
    return scoreUntilStopped(settings, logger, context, { reload });
  }

  async stop(): Promise<Ended> {
    this.#stop.abort(new DOMException('SIGTERM', 'AbortError'));
    return this.ended;
  }
}

function untimed(settings: Settings): Settings {
  const { timeoutMs: _limit, ...inference } = settings.inference;
  return { ...settings, inference } as Settings;
}

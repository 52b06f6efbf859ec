import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { eventually } from '../support/eventually.ts';
import type { World } from './world.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** The configuration of a world, as a user would write it; `extra` is more YAML. */
export function configOf(world: World, extra = ''): string {
  return `name: ${world.name}
kafka: { brokers: ["${world.brokers.join(',')}"] }
schemaRegistry: { url: "${world.registryUrl}", timeoutMs: 2000 }
input: { topics: [${world.input}] }
output: { topic: ${world.output}, carry: [id] }
deadLetter: { topic: ${world.dead}, maxConsecutive: 100000, maxRatio: 1 }
model: { dir: ${resolve('test/e2e/bundle')} }
decision:
  policy: p1
  bands: [{ upTo: 0.6, decision: APPROVE }, { upTo: 0.9, decision: REVIEW }, { decision: REJECT }]
http: { port: 0 }
${extra}`;
}

/** A running service, and what a test asks of it over HTTP. */
export abstract class Running {
  abstract readonly ended: Promise<Ended>;
  /** What it was started with, and may look at again. */
  abstract readonly configFile: string;
  abstract readonly log: string;
  /** Whether it has ended. */
  abstract readonly over: boolean;

  abstract stop(): Promise<Ended>;

  /** Resolves when it has its partitions and its port is known. The log may tell the two in either order. */
  async started(): Promise<this> {
    await eventually(
      () => this.log,
      (log) => (log.includes('partitions assigned') && /"port":\d+/.test(log)) || this.over,
    );
    if (this.over) throw new Error(`the scorer ended: ${this.log}`);
    return this;
  }

  /** Answer of an HTTP endpoint of the running service. */
  async get(path: string): Promise<Response> {
    return fetch(`${this.#url}${path}`);
  }

  async post(path: string, body: string): Promise<Response> {
    return fetch(`${this.#url}${path}`, { method: 'POST', body });
  }

  async metric(sample: string): Promise<number> {
    const text = await (await this.get('/metrics')).text();
    const line = text
      .split('\n')
      .find((candidate) => candidate.startsWith(`stream_scorer_${sample} `));
    return Number(line?.split(' ').at(-1) ?? NaN);
  }

  get #url(): string {
    return `http://127.0.0.1:${/"port":(\d+)/.exec(this.log)?.[1] ?? 0}`;
  }
}

/** Writes a configuration into a folder of its own. */
export async function configFileOf(config: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stream-scorer-e2e-'));
  const file = join(folder, 'scorer.yaml');
  await writeFile(file, config);
  return file;
}

/** With this option given, a command does not start itself once more to have it. */
const YOUNG = '--max-semi-space-size=8';

/** The built program as a process, as a user runs it. */
export class Scorer extends Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly configFile: string;
  #out = '';
  #err = '';

  private constructor(configFile: string, args: readonly string[]) {
    super();
    this.configFile = configFile;
    const { NODE_ENV: _env, ...env } = process.env;
    this.child = spawn(process.execPath, [YOUNG, 'dist/main.js', ...args], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.#out += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#err += chunk.toString()));
    this.ended = new Promise((done) => {
      this.child.once('close', (code, signal) => {
        void rm(dirname(configFile), { recursive: true, force: true });
        done({ code, signal, out: this.#out, err: this.#err });
      });
    });
  }

  static async start(config: string, command = ['run']): Promise<Scorer> {
    const file = await configFileOf(config);
    return new Scorer(file, [...command, '--config', file]);
  }

  /** Starts `run`. */
  static async running(config: string): Promise<Scorer> {
    return (await Scorer.start(config)).started();
  }

  get log(): string {
    return this.#err;
  }

  get over(): boolean {
    return this.child.exitCode !== null;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child.kill(signal);
    return this.ended;
  }
}

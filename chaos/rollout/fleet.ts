import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '../replica.ts';
import type { Replicas } from '../replicas.ts';

/** What the run needs of the answer of `GET /models`. */
export interface Models {
  readonly champion: { readonly version: string };
  readonly canary: { readonly version: string; readonly percent: number } | null;
  readonly canaryStopped: { readonly version: string; readonly reason: string } | null;
  readonly challenger: { readonly version: string; readonly compared: number } | null;
  readonly warm: readonly { readonly version: string }[];
  readonly refused: readonly { readonly version: string; readonly gate: string }[];
}

const POLL_MS = 50;
const ANSWER_MS = 5000;
/** A busy machine opens a version in seconds; a replica that was killed misses its session first. */
const FOLLOW_MS = 90_000;

/** All replicas, as they tell of themselves. */
export class Fleet {
  readonly #replicas: Replicas;
  readonly #stop: AbortSignal;

  constructor(replicas: Replicas, stop: AbortSignal) {
    this.#replicas = replicas;
    this.#stop = stop;
  }

  /** Changes whenever the group assigns partitions anew, or a replica comes or goes. */
  get assignment(): string {
    return this.#replicas.all.map(({ name, assignments }) => `${name}:${assignments}`).join();
  }

  /** Waits until every replica has partitions and answers so. Throws with `what` if it takes too long. */
  async every(what: string, fits: (models: Models) => boolean): Promise<Models[]> {
    let answers: (Models | undefined)[] = [];
    for (const until = performance.now() + FOLLOW_MS; performance.now() < until;) {
      const { all } = this.#replicas;
      answers = await Promise.all(all.map((replica) => modelsOf(replica)));
      const known = answers.filter((models) => models !== undefined);
      if (all.length > 0 && known.length === all.length && known.every(fits)) return known;
      await sleep(POLL_MS, undefined, { signal: this.#stop });
    }
    throw new Error(`not every replica has ${what}: ${JSON.stringify(answers)}`);
  }

  /** Waits until the log of every replica says one of these after the call; the first that each says. */
  async everySays(phrases: readonly string[], change: () => Promise<void>): Promise<string[]> {
    const { all } = this.#replicas;
    const starts = await Promise.all(all.map(async (replica) => (await logOf(replica)).length));
    await change();
    const said: (string | undefined)[] = all.map(() => undefined);
    for (const until = performance.now() + FOLLOW_MS; performance.now() < until;) {
      for (const [i, replica] of all.entries()) {
        const log = (await logOf(replica)).slice(starts[i]);
        said[i] ??= phrases.find((phrase) => log.includes(phrase));
      }
      const known = said.filter((phrase) => phrase !== undefined);
      if (known.length === all.length) return known;
      await sleep(POLL_MS, undefined, { signal: this.#stop });
    }
    throw new Error(`not every replica says one of: ${phrases.join('; ')}`);
  }

  /** The sum of samples of a metric over all labels and replicas. */
  async metric(name: string): Promise<number> {
    const texts = await Promise.all(
      this.#replicas.all.map((replica) => get(replica, '/metrics').then((answer) => answer.text())),
    );
    const samples = texts
      .flatMap((text) => text.split('\n'))
      .filter((line) => line.startsWith(`stream_scorer_${name}`));
    return samples.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }
}

function get({ port = 0 }: Replica, path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
}

async function modelsOf(replica: Replica): Promise<Models | undefined> {
  if (!replica.owns || replica.port === undefined) return undefined;
  try {
    const answer = await get(replica, '/models');
    return answer.ok ? ((await answer.json()) as Models) : undefined;
  } catch {
    return undefined; // it has just ended
  }
}

const logOf = (replica: Replica): Promise<string> =>
  readFile(replica.logFile, 'utf8').catch(() => '');

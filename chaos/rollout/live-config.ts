import { rename, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { merged, type Settings } from '../settings.ts';
import { decisionSection } from './policies.ts';

/** The part of the configuration that changes while the replicas run. */
export interface Live {
  readonly champion: string;
  readonly canary?: Settings | undefined;
  readonly challenger?: string | undefined;
  readonly decision: Settings;
}

/** The configuration of all replicas, which is replaced as a whole. */
export class LiveConfig {
  readonly #base: Settings;
  readonly #file: string;
  #live: Live;

  constructor(base: Settings, file: string, policy: string) {
    this.#base = base;
    this.#file = file;
    this.#live = { champion: 'latest', decision: decisionSection(policy) };
  }

  get live(): Live {
    return this.#live;
  }

  get text(): string {
    return this.#textOf(this.#live);
  }

  /** The configuration with another policy. */
  textWith(policy: string): string {
    return this.#textOf({ ...this.#live, decision: decisionSection(policy) });
  }

  #textOf({ decision, ...model }: Live): string {
    return stringify(merged(this.#base, { model, decision }));
  }

  async change(part: Partial<Live>): Promise<void> {
    this.#live = { ...this.#live, ...part };
    const aside = `${this.#file}.new`;
    await writeFile(aside, this.text);
    await rename(aside, this.#file);
  }
}

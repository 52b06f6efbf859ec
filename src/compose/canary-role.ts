import type { Settings } from '../config/settings.ts';
import type { ErrorCode } from '../errors.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import { CanaryJudge } from '../rollout/canary-judge.ts';
import type { CanaryReport, CanarySeen } from './canary-observation.ts';
import type { GatedVersion } from './gated-version.ts';
import type { Reports } from './reports.ts';
import { VersionStatistics } from './version-statistics.ts';

type CanarySettings = NonNullable<Settings['model']['canary']>;

/** A canary that stopped by itself, or because it does not answer any more. */
export interface StoppedCanary {
  readonly version: string;
  readonly reason: string;
  readonly at: string;
}

export interface CanaryRoleOptions {
  readonly reports: Pick<Reports, 'metrics' | 'logger'>;
  /** What the configuration says now. */
  readonly wanted: () => CanarySettings | undefined;
  readonly now: () => Date;
}

/** One of so many batches is scored once more by both models, to compare their times. */
const TIMED_BATCHES = 10;
const NO_LIMITS = { minEvents: 0 };

/**
 * Which version the canary is, its share, and whether it has stopped. A canary that stopped does
 * not begin again before its section of the configuration changes, or the program starts again.
 */
export class CanaryRole {
  readonly #options: CanaryRoleOptions;
  #run: CanaryRun | undefined;
  #stopped: (StoppedCanary & { readonly of: string }) | undefined;

  constructor(options: CanaryRoleOptions) {
    this.#options = options;
  }

  /** The name of the wanted version; undefined: none is wanted. */
  get wanted(): string | undefined {
    const settings = this.#settings;
    return settings?.version;
  }

  /** The share in percent. */
  get percent(): number {
    return this.#settings?.percent ?? 0;
  }

  get stopped(): StoppedCanary | undefined {
    const wanted = this.#options.wanted();
    return wanted !== undefined && this.#stopped?.of === saying(wanted) ? this.#stopped : undefined;
  }

  get run(): CanaryRun | undefined {
    return this.#run;
  }

  /** What is heard of this canary beside this champion. Another pair is judged anew. */
  reportFor(champion: GatedVersion, canary: GatedVersion): CanaryReport {
    const same = this.#run?.isOf(champion, canary) === true;
    return (this.#run = same
      ? this.#run!
      : new CanaryRun(champion, canary, this.#options, (reason, run) => {
          this.#stop(reason, run);
        }));
  }

  /** There is no canary any more. */
  left(): void {
    this.#run = undefined;
  }

  get #settings(): CanarySettings | undefined {
    return this.stopped === undefined ? this.#options.wanted() : undefined;
  }

  #stop(reason: string, run: CanaryRun): void {
    const wanted = this.#settings;
    if (wanted === undefined || this.#run !== run) return; // of a canary before
    const { metrics, logger } = this.#options.reports;
    const { version } = run.identity;
    const at = this.#options.now().toISOString();
    this.#stopped = { version, reason, at, of: saying(wanted) };
    metrics.modelSwaps.inc({ outcome: 'canary_stopped' });
    logger.error(
      { model: run.identity, reason },
      `version ${version} of the model stopped as canary, and the champion decides for all keys: ${reason}`,
    );
  }
}

const saying = (settings: CanarySettings): string => JSON.stringify(settings);

/** A canary beside a champion, and what it showed. */
export class CanaryRun implements CanaryReport {
  readonly identity: ModelIdentity;
  readonly statistics: VersionStatistics;
  readonly #versions: readonly [GatedVersion, GatedVersion];
  readonly #options: CanaryRoleOptions;
  readonly #stop: (reason: string, run: CanaryRun) => void;
  #judge: CanaryJudge;
  /** The limits of the judge. */
  #limits: string;
  #batches = 0;
  #comparing = false;
  readonly #flips = new Map<string, number>();
  readonly #fallbacks = new Map<ErrorCode, number>();
  #compared = 0;

  constructor(
    champion: GatedVersion,
    canary: GatedVersion,
    options: CanaryRoleOptions,
    stop: (reason: string, run: CanaryRun) => void,
  ) {
    const { metrics } = options.reports;
    this.identity = canary.identity;
    this.statistics = new VersionStatistics(this.identity, 'canary', metrics, options.now());
    this.#versions = [champion, canary];
    this.#options = options;
    this.#stop = stop;
    const limits = this.#wantedLimits();
    this.#limits = JSON.stringify(limits);
    this.#judge = new CanaryJudge(limits);
  }

  isOf(champion: GatedVersion, canary: GatedVersion): boolean {
    return this.#versions[0] === champion && this.#versions[1] === canary;
  }

  /** What it did, and how its decisions differ from those of the champion. */
  get report() {
    return {
      ...this.statistics.report,
      compared: this.#compared,
      flips: Object.fromEntries(this.#flips),
      fallbacks: Object.fromEntries(this.#fallbacks),
    };
  }

  delivered({ rows, compared, flips, fallbacks }: CanarySeen): void {
    const { metrics } = this.#options.reports;
    let flipped = 0;
    for (const [from, others] of flips)
      for (const [to, count] of others) {
        flipped += count;
        metrics.canaryFlips.inc({ from, to }, count);
        add(this.#flips, `${from} → ${to}`, count);
      }
    let failed = 0;
    for (const [code, count] of fallbacks) {
      failed += count;
      metrics.canaryFallbacks.inc({ code }, count);
      add(this.#fallbacks, code, count);
    }
    this.#compared += compared;
    this.#add({ rows, compared, flips: flipped, failed });
  }

  inferred(rows: number, seconds: number): void {
    this.statistics.inferred(rows, seconds);
  }

  measure(compare: () => Promise<number | undefined>): void {
    this.#batches += 1;
    if (!this.#judgeNow().wantsTimes || this.#comparing || this.#batches % TIMED_BATCHES !== 1)
      return;
    this.#comparing = true;
    compare()
      .then((slower) => {
        this.#add({ rows: 0, compared: 0, flips: 0, failed: 0, slower });
      })
      .catch(() => undefined) // a model that fails shows itself in the batches
      .finally(() => {
        this.#comparing = false;
      });
  }

  broken(error: unknown): void {
    this.#stop(`it cannot score: ${error instanceof Error ? error.message : String(error)}`, this);
  }

  #add(counts: Parameters<CanaryJudge['add']>[0]): void {
    const reason = this.#judgeNow().add(counts);
    if (reason !== undefined) this.#stop(reason, this);
  }

  /** With other limits it is judged from now on. */
  #judgeNow(): CanaryJudge {
    const limits = this.#wantedLimits();
    const said = JSON.stringify(limits);
    if (said !== this.#limits) this.#judge = new CanaryJudge(limits);
    this.#limits = said;
    return this.#judge;
  }

  #wantedLimits(): NonNullable<CanarySettings['stopWhen']> {
    return this.#options.wanted()?.stopWhen ?? NO_LIMITS;
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

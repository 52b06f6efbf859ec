import type { ErrorCode } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { Logger } from '../observe/logger.ts';
import { retired, type MetricSnapshot } from '../observe/merged-metrics.ts';
import { forward } from './forward.ts';
import { Member, type Child } from './member.ts';
import type { Report } from './messages.ts';
import { afterEnd, QUICK_MS } from './policy.ts';

export interface GroupOptions {
  readonly processes: number;
  /** Starts the process in a place, from 0. */
  readonly start: (place: number) => Child;
  readonly logger: Logger;
  readonly now?: () => number;
  /** How often every process is asked for its state, ms. */
  readonly pollMs?: number;
}

/**
 * How long the first processes wait for each other before they join the group. Members that join
 * one by one take partitions from each other, and each such rebalance stops all members until the
 * slowest has learned of it.
 */
const JOIN_TOGETHER_MS = 10_000;

/** A process that has not answered for this long makes no progress. */
const SILENT_MS = 15_000;
const POLL_MS = 2000;

interface Place {
  member: Member | undefined;
  startedAt: number;
  heardAt: number;
  quickEnds: number;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Processes of one group under one supervisor. The first one starts alone, so a mistake in the
 * configuration is reported once. The others follow when it is about to join the group, and then
 * they all join together. A process that ends unexpectedly is replaced (see policy.ts), and its
 * counts are kept, so sums never decrease.
 */
export class ProcessGroup {
  /**
   * Resolves with the exit code when all processes have ended, after `stop` or because a restart
   * would not help.
   */
  readonly ended: Promise<0 | 1 | 2>;
  readonly #options: GroupOptions;
  readonly #now: () => number;
  readonly #places: Place[];
  readonly #done = Promise.withResolvers<0 | 1 | 2>();
  #poll: NodeJS.Timeout | undefined;
  #retired: Promise<readonly MetricSnapshot[]> = Promise.resolve([]);
  #restarts = 0;
  #anyStarted = false;
  /** Whether the first processes have joined. Later ones join as they come. */
  #joined = false;
  #joinLatest: NodeJS.Timeout | undefined;
  /** The exit code; undefined until it ends. */
  #exitCode: 0 | 1 | 2 | undefined;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.ended = this.#done.promise;
    this.#places = Array.from({ length: options.processes }, () => ({
      member: undefined,
      startedAt: 0,
      heardAt: 0,
      quickEnds: 0,
      timer: undefined,
    }));
  }

  start(): void {
    this.#start(0);
    this.#poll = setInterval(() => void this.#ask(), this.#options.pollMs ?? POLL_MS);
    this.#poll.unref();
  }

  /** Asks every process to finish and end. The first exit code counts. */
  stop(exitCode: 0 | 1 | 2 = 0): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    clearInterval(this.#poll);
    clearTimeout(this.#joinLatest);
    for (const { member, timer } of this.#places) {
      clearTimeout(timer);
      member?.stop();
    }
    this.#endIfAllHave();
  }

  /** Ends every process at once. */
  kill(): void {
    this.#exitCode ??= 1;
    for (const { member } of this.#places) member?.kill();
  }

  live(): string | undefined {
    const silent = this.#places.findIndex(
      ({ member, heardAt }) => member?.started === true && this.#now() - heardAt > SILENT_MS,
    );
    return silent === -1 ? undefined : `process ${silent} does not answer`;
  }

  /** Ready when every process is ready. */
  async ready(): Promise<string | undefined> {
    if (this.#exitCode !== undefined) return 'stopping';
    const reports = await this.#ask();
    for (const [place, report] of reports.entries()) {
      if (report === undefined)
        return `process ${place}: ${this.#places[place]!.member?.started === true ? 'no answer' : 'starting'}`;
      if (report.ready !== undefined) return `process ${place}: ${report.ready}`;
    }
    return undefined;
  }

  /** The metrics of each process, and the counts of those that have ended. */
  async snapshots(): Promise<(readonly MetricSnapshot[])[]> {
    await this.#ask();
    return [await this.#retired, ...this.#places.map(({ member }) => member?.last?.metrics ?? [])];
  }

  /** Passes a request to a ready process; see `nameOf` for the route. */
  request(route: string, request: HttpRequest): Promise<HttpResponse> {
    return forward(
      this.#places.map(({ member }) => member),
      route,
      request,
    );
  }

  /** The number of running processes, and of replacements. */
  get counts(): { readonly running: number; readonly restarts: number } {
    return {
      running: this.#places.filter(({ member }) => member?.started).length,
      restarts: this.#restarts,
    };
  }

  #start(at: number): void {
    const place = this.#places[at]!;
    place.startedAt = this.#now();
    place.timer = undefined;
    const child = this.#options.start(at);
    const member = new Member(child, {
      onStarted: () => {
        place.heardAt = this.#now();
        this.#startOthers();
        if (this.#joined) member.join();
        else this.#joinTogether();
      },
      onEnded: (end) => {
        this.#retired = this.#retired.then((before) => retired(before, member.last?.metrics ?? []));
        place.member = undefined;
        this.#joinTogether();
        if (this.#exitCode === undefined) this.#replace(at, end);
        else if (end.exitCode !== 0 && this.#exitCode === 0) this.#exitCode = 1;
        this.#endIfAllHave();
      },
    });
    place.member = member;
    this.#options.logger.info({ process: at, pid: member.pid }, 'a process starts');
  }

  /** The others follow once, when the first process is about to join the group. */
  #startOthers(): void {
    if (this.#anyStarted) return;
    this.#anyStarted = true;
    if (this.#exitCode !== undefined) return;
    for (let at = 1; at < this.#places.length; at++) this.#start(at);
    this.#joinLatest = setTimeout(() => {
      this.#join();
    }, JOIN_TOGETHER_MS);
  }

  /** Lets the first processes join once none of them is still starting. */
  #joinTogether(): void {
    if (
      !this.#joined &&
      this.#anyStarted &&
      this.#places.every(({ member }) => member?.started !== false)
    )
      this.#join();
  }

  #join(): void {
    clearTimeout(this.#joinLatest);
    this.#joined = true;
    for (const { member } of this.#places) if (member?.started === true) member.join();
  }

  #replace(
    at: number,
    end: { exitCode: number | null; signal: string | null; failure: ErrorCode | undefined },
  ): void {
    const place = this.#places[at]!;
    const livedMs = this.#now() - place.startedAt;
    place.quickEnds = livedMs < QUICK_MS ? place.quickEnds + 1 : 1;
    const decision = afterEnd({
      ...end,
      livedMs,
      anyStarted: this.#anyStarted,
      quickEnds: place.quickEnds,
    });
    const what = { process: at, ...end };
    if ('exitCode' in decision) {
      this.#options.logger.error(
        what,
        'a process ended with an error that a restart does not solve; all processes end',
      );
      this.stop(decision.exitCode);
      return;
    }
    this.#restarts++;
    this.#options.logger.warn(
      { ...what, waitMs: decision.restartInMs },
      'a process ended; a new one replaces it',
    );
    place.timer = setTimeout(() => {
      this.#start(at);
    }, decision.restartInMs);
  }

  async #ask(): Promise<(Report | undefined)[]> {
    return Promise.all(
      this.#places.map(async (place) => {
        const report = await place.member?.report();
        if (report !== undefined) place.heardAt = this.#now();
        return report;
      }),
    );
  }

  #endIfAllHave(): void {
    if (this.#exitCode === undefined || this.#places.some(({ member }) => member !== undefined))
      return;
    clearInterval(this.#poll);
    clearTimeout(this.#joinLatest);
    this.#done.resolve(this.#exitCode);
  }
}

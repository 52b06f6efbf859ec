import type { ChildProcess } from 'node:child_process';
import type { ErrorCode } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { FromMember, Report, ToMember } from './messages.ts';

/**
 * How long a process may take to answer. A process that computes a heavy batch in its event loop
 * answers after it.
 */
const ANSWER_MS = 2000;

/** The functions of a child process that are used. */
export type Child = Pick<ChildProcess, 'on' | 'send' | 'kill' | 'connected' | 'pid'>;

export interface MemberEvents {
  readonly onStarted: () => void;
  readonly onEnded: (end: {
    exitCode: number | null;
    signal: string | null;
    failure: ErrorCode | undefined;
  }) => void;
}

/** One process of the group that the supervisor started. */
export class Member {
  readonly #child: Child;
  readonly #asked = new Map<number, (report: Report | undefined) => void>();
  readonly #requested = new Map<number, (response: HttpResponse | undefined) => void>();
  #next = 0;
  #started = false;
  #ended = false;
  #last: Report | undefined;
  #ready = false;
  #failure: ErrorCode | undefined;

  constructor(child: Child, { onStarted, onEnded }: MemberEvents) {
    this.#child = child;
    const end = (exitCode: number | null, signal: string | null): void => {
      if (this.#ended) return;
      this.#ended = true;
      this.#ready = false;
      for (const answer of this.#asked.values()) answer(undefined);
      for (const answer of this.#requested.values()) answer(undefined);
      onEnded({ exitCode, signal, failure: this.#failure });
    };
    child.on('exit', end);
    child.on('error', () => {
      if (child.pid === undefined) end(1, null); // it could not be started
    });
    child.on('message', (message: FromMember) => {
      if (message.kind === 'failed') this.#failure = message.code;
      else if (message.kind === 'report') this.#asked.get(message.id)?.(message);
      else if (message.kind === 'response') this.#requested.get(message.id)?.(message.response);
      else {
        this.#started = true;
        onStarted();
      }
    });
  }

  get started(): boolean {
    return this.#started;
  }

  /** Whether it was ready at the last report, and answered. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Open requests. */
  get open(): number {
    return this.#requested.size;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The newest report. */
  get last(): Report | undefined {
    return this.#last;
  }

  /** Asks for a report; undefined if none arrives in time. */
  async report(): Promise<Report | undefined> {
    if (this.#ended || !this.#started) return undefined;
    const report = await this.#ask(this.#asked, ANSWER_MS, (id) => ({ kind: 'report', id }));
    this.#last = report ?? this.#last;
    this.#ready = report !== undefined && report.ready === undefined;
    return report;
  }

  /** Sends a request; undefined if the process ends before, or does not answer in time. */
  request(route: string, request: HttpRequest, ms: number): Promise<HttpResponse | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    return this.#ask(this.#requested, ms, (id) => ({ kind: 'request', id, route, request }));
  }

  /** Asks it to finish its batches in flight and end. */
  stop(): void {
    // Not with a signal: Ctrl-C reaches the whole process group, and a second signal would not let
    // it finish.
    if (this.#child.connected) this.#tell({ kind: 'stop' });
    else this.#child.kill('SIGTERM');
  }

  /** Lets it join the group. */
  join(): void {
    this.#tell({ kind: 'join' });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Sends a question and waits for its answer. */
  async #ask<T>(
    open: Map<number, (answer: T | undefined) => void>,
    ms: number,
    question: (id: number) => ToMember,
  ): Promise<T | undefined> {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    open.set(id, resolve);
    const late = setTimeout(resolve, ms, undefined);
    this.#tell(question(id));
    const answer = await promise;
    clearTimeout(late);
    open.delete(id);
    return answer;
  }

  #tell(message: ToMember): void {
    // If the channel broke, the end of the process follows.
    this.#child.send(message, () => undefined);
  }
}

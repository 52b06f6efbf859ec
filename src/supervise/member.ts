import type { ChildProcess } from 'node:child_process';
import type { ErrorCode } from '../errors.ts';
import type { FromMember, Report, ToMember } from './messages.ts';

/**
 * How long a process may take to answer; one that computes a heavy batch in its event loop answers
 * after it.
 */
const ANSWER_MS = 2000;

/** What of a child process is used. */
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
  #next = 0;
  #started = false;
  #ended = false;
  #last: Report | undefined;
  #failure: ErrorCode | undefined;

  constructor(child: Child, { onStarted, onEnded }: MemberEvents) {
    this.#child = child;
    const end = (exitCode: number | null, signal: string | null): void => {
      if (this.#ended) return;
      this.#ended = true;
      for (const answer of this.#asked.values()) answer(undefined);
      onEnded({ exitCode, signal, failure: this.#failure });
    };
    child.on('exit', end);
    child.on('error', () => {
      if (child.pid === undefined) end(1, null); // it could not be started
    });
    child.on('message', (message: FromMember) => {
      if (message.kind === 'failed') this.#failure = message.code;
      else if (message.kind === 'report') this.#asked.get(message.id)?.(message);
      else {
        this.#started = true;
        onStarted();
      }
    });
  }

  get started(): boolean {
    return this.#started;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The newest report that came. */
  get last(): Report | undefined {
    return this.#last;
  }

  /** Asks for a report; undefined where none comes in time. */
  async report(): Promise<Report | undefined> {
    if (this.#ended || !this.#started) return undefined;
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<Report | undefined>();
    this.#asked.set(id, resolve);
    const late = setTimeout(resolve, ANSWER_MS, undefined);
    this.#tell({ kind: 'report', id });
    const report = await promise;
    clearTimeout(late);
    this.#asked.delete(id);
    this.#last = report ?? this.#last;
    return report;
  }

  /** Asks it to finish what is in flight and end. */
  stop(): void {
    // Not by a signal: Ctrl-C reaches the whole process group, and a second one would not let it
    // finish.
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

  #tell(message: ToMember): void {
    // A channel that broke is an end that is about to be told.
    this.#child.send(message, () => undefined);
  }
}

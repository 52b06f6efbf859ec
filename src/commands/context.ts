import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { LoadConfigOptions } from '../config/load.ts';
import type { Supervisor } from '../supervise/messages.ts';

/** What a command may know about its process. Only main.ts creates one. */
export interface Context {
  readonly env: LoadConfigOptions['env'];
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /**
   * Aborts with the first SIGTERM or SIGINT: an AbortError whose message is the name of the signal.
   */
  readonly stop: AbortSignal;
  /** Whether a person looks at the output. */
  readonly terminal: boolean;
}

/** What `demo` may know beyond that. */
export interface DemoContext extends Context {
  /** Aborts when the reader of stdout has closed it. */
  readonly unread: AbortSignal;
}

/** What `score` may know beyond that. */
export interface ScoreContext extends Context {
  readonly stdin: () => Readable;
  readonly stdout: () => Writable;
  /** Whether a person looks at stderr. */
  readonly errTerminal: boolean;
}

/** What `run` may know beyond that: it can start processes, and it may be one of them. */
export interface RunContext extends Context {
  /** Aborts with the second SIGTERM or SIGINT, just before this process ends without waiting. */
  readonly kill: AbortSignal;
  /** Starts this program as a process of its own, with a channel to it. */
  readonly fork: (args: readonly string[]) => ChildProcess;
  /** The process that started this one, and the channel to it. */
  readonly supervisor: Supervisor;
  /** Tells this process to stop, like the first signal. */
  readonly stopSelf: () => void;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly config: string;
  readonly set: readonly string[];
}

/**
 * Exit code. 0: done. 1: failed while running. 2: configuration, model or input is wrong. 128 plus
 * the number of a signal: the signal ended `score`, or (141, SIGPIPE) a closed pipe did.
 */
export type ExitCode = 0 | 1 | 2 | 130 | 141 | 143;

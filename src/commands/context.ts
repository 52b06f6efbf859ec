import type { LoadConfigOptions } from '../config/load.ts';

/** What a command may know of the process it runs in; only main.ts makes one. */
export interface Context {
  readonly env: LoadConfigOptions['env'];
  readonly cwd: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Aborts with the first SIGTERM or SIGINT. */
  readonly stop: AbortSignal;
  /** Whether a person looks at the output. */
  readonly terminal: boolean;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly config: string;
  readonly set: readonly string[];
}

/** Exit code: 0 done, 1 failed while running, 2 configuration, model or input wrong. */
export type ExitCode = 0 | 1 | 2;

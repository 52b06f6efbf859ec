import { usageByKind } from './process-usage.ts';
import type { ProgramProcess } from './program-process.ts';
import type { SideInference } from './side-inference.ts';

/** What was used between two moments, in µs of CPU time per event. */
export interface Used {
  /** Of the program without its challenger's process. */
  readonly main: number;
  /** Of the challenger's process, or of the inference that runs instead. */
  readonly beside: number;
  /** The share of the events that this one scored. */
  readonly share: number;
}

export interface Moment {
  /** Seconds of CPU time. */
  readonly main: number;
  readonly beside: number;
  /** Events that the champion scored, and those that were scored beside. */
  readonly rows: number;
  readonly besideRows: number;
}

interface Models {
  readonly champion: { readonly rows: number };
  readonly challenger?: { readonly compared: number } | null;
}

/** A program with what runs beside its champion: a challenger, the same inference elsewhere, or nothing. */
export class WatchedProgram {
  readonly #program: ProgramProcess;
  readonly #challenged: boolean;
  readonly #side: SideInference | undefined;
  #told = 0;

  constructor(program: ProgramProcess, challenged: boolean, side: SideInference | undefined) {
    this.#program = program;
    this.#challenged = challenged;
    this.#side = side;
  }

  /** Throws if the program has ended. */
  check(): void {
    if (this.#program.over) throw new Error(this.#program.log);
  }

  get log(): string {
    return this.#program.log;
  }

  /**
   * Undefined until the champion, and the challenger if there is one, are open. The inference beside
   * goes on with the events that the champion scored since the last look.
   */
  async moment(): Promise<Moment | undefined> {
    const models = await this.#models().catch(() => undefined);
    if (models === undefined || (this.#challenged && models.challenger == null)) return undefined;
    const { main, workers } = usageByKind(this.#program.pid);
    const { rows } = models.champion;
    if (this.#side === undefined)
      return { main, beside: workers, rows, besideRows: models.challenger?.compared ?? 0 };
    const done = this.#side.done;
    void this.#side.score(rows - this.#told);
    this.#told = rows;
    return { main, beside: done.cpuSeconds, rows, besideRows: done.rows };
  }

  async #models(): Promise<Models> {
    return (await (await fetch(new URL('/models', this.#program.metricsUrl))).json()) as Models;
  }
}

export function usedFrom(from: Moment, to: Moment): Used {
  const rows = to.rows - from.rows;
  const per = (seconds: number): number => (1e6 * seconds) / rows;
  return {
    main: per(to.main - from.main),
    beside: per(to.beside - from.beside),
    share: (to.besideRows - from.besideRows) / rows,
  };
}

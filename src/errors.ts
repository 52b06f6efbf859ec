import { ERRORS, type Entry, type Fate } from './error-table.ts';

/** Every error of the program. */
export type ErrorCode = keyof typeof ERRORS;

/** One problem: which rule, what, where, and what to do. */
export interface Problem {
  readonly code: ErrorCode;
  readonly what: string;
  /** A path into a file, a topic, a tensor: the place where a person looks. */
  readonly where?: string;
  /** More specific than the remedy of the table. */
  readonly remedy?: string;
}

/** One problem, or all problems that were found together. Never has field values or secrets. */
export class ScorerError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: Problem | readonly Problem[], options?: ErrorOptions) {
    const list = 'code' in problems ? [problems] : problems;
    super(
      list
        .map((p) => `${p.code}: ${p.what}${p.where === undefined ? '' : ` (${p.where})`}`)
        .join('\n'),
      options,
    );
    this.name = 'ScorerError';
    this.problems = list;
  }

  get code(): ErrorCode {
    return this.problems[0]?.code ?? 'INTERNAL';
  }

  get fate(): Fate {
    return ERRORS[this.code].fate;
  }

  /** 2 if configuration, model or input is wrong; 1 for everything that happened at run time. */
  get exitCode(): 1 | 2 {
    const entry: Entry = ERRORS[this.code];
    return entry.exitCode ?? 1;
  }
}

/** The text on stderr: code, what, where and remedy of every problem. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems
    .map((problem) => {
      const lines = [`${problem.code}  ${problem.what}`];
      if (problem.where !== undefined) lines.push(`  where   ${problem.where}`);
      lines.push(`  remedy  ${problem.remedy ?? ERRORS[problem.code].remedy}`);
      return lines.join('\n');
    })
    .join('\n\n');
}

import { Boundaries, type BoundaryCounts } from './boundaries.ts';
import type { History } from './deciders.ts';
import { decisionOf } from './policies.ts';
import { isScoreOf } from './shifts.ts';

/** The answer of one version about an event, in a score or in a comparison. */
export interface Answer {
  readonly version: string;
  readonly score: number;
  readonly decision: string | null;
}
export interface ScoreRow extends Answer {
  readonly policy: string;
}
export interface ComparisonRow {
  readonly champion: Answer;
  readonly challenger: Answer;
  readonly policy: string;
}

export interface Verdict extends Readonly<BoundaryCounts> {
  /** Scores that are not those of the version that they name. */
  readonly wrongScores: number;
  /** Decisions that the policy that they name does not make of the score. */
  readonly wrongDecisions: number;
  readonly comparisons: number;
  /** Comparisons of an input beyond its first. */
  readonly comparedTwice: number;
  /** Comparisons whose champion says otherwise than the output topic, or that belong to no score. */
  readonly otherwise: number;
  /** What was found first, in words. */
  readonly examples: readonly string[];
}

interface Row {
  readonly key: string;
  readonly logit: number;
  /** In the order of the output topic; more than one only where it was scored again. */
  readonly scores: ScoreRow[];
  compared: boolean;
}

const MAX_EXAMPLES = 5;

/**
 * Every good input with its scores and comparisons: whether those who decided were allowed to, and
 * whether the scores are theirs. Inputs come first. Whether any are missing is for the ledger.
 */
export class Verdicts {
  readonly #rows: readonly (Row | undefined)[][];
  readonly #shifts: ReadonlyMap<string, number>;
  readonly #examples: string[] = [];
  readonly #counts = {
    wrongScores: 0,
    wrongDecisions: 0,
    comparisons: 0,
    comparedTwice: 0,
    otherwise: 0,
  };

  /** `shifts`: by version, refused ones as well. */
  constructor(partitions: number, shifts: ReadonlyMap<string, number>) {
    this.#rows = Array.from({ length: partitions }, () => []);
    this.#shifts = shifts;
  }

  /** `logit`: that of the model before the shift of its version. */
  input(partition: number, offset: number, key: string, logit: number): void {
    this.#rows[partition]![offset] = { key, logit, scores: [], compared: false };
  }

  score(partition: number, offset: number, score: ScoreRow): void {
    const row = this.#rows[partition]?.[offset];
    if (row === undefined) return; // the ledger counts it
    this.#check(row, score, score.policy, `${partition}:${offset}`);
    row.scores.push(score);
  }

  /** All scores come before. */
  comparison(
    partition: number,
    offset: number,
    { champion, challenger, policy }: ComparisonRow,
    isCanary: (version: string) => boolean,
  ): void {
    const counts = this.#counts;
    const where = `${partition}:${offset}`;
    const row = this.#rows[partition]?.[offset];
    counts.comparisons++;
    if (row === undefined) {
      counts.otherwise++;
      return;
    }
    if (row.compared) counts.comparedTwice++;
    row.compared = true;
    this.#check(row, challenger, policy, where);
    this.#check(row, champion, policy, where);
    const same = row.scores.some(
      (score) =>
        score.policy === policy &&
        (isCanary(score.version) ||
          (score.version === champion.version &&
            score.score === champion.score &&
            score.decision === champion.decision)),
    );
    if (same) return;
    counts.otherwise++;
    this.#tell(`${where} was compared with ${JSON.stringify(champion)} by ${policy}`);
  }

  /** The findings; `history` says who was allowed to decide when. */
  verdict(history: History): Verdict {
    const boundaries: BoundaryCounts = {
      illegal: 0,
      unclean: 0,
      wentBack: 0,
      clean: 0,
      fallbacks: 0,
      ofCanary: 0,
    };
    const examples = [...this.#examples];
    for (const [partition, rows] of this.#rows.entries()) {
      const walk = new Boundaries(history, partition, boundaries, examples);
      for (const [offset, row] of rows.entries()) {
        const [first, ...copies] = row?.scores ?? [];
        if (row === undefined || first === undefined) continue;
        walk.score(offset, row.key, first);
        for (const copy of copies) walk.copy(offset, row.key, copy, first);
      }
      walk.end();
    }
    return { ...boundaries, ...this.#counts, examples };
  }

  #check(row: Row, { version, score, decision }: Answer, policy: string, where: string): void {
    const shift = this.#shifts.get(version);
    if (shift === undefined || !isScoreOf(score, row.logit + shift)) {
      this.#counts.wrongScores++;
      this.#tell(`${where} has the score ${score} with the name of version ${version}`);
    }
    if (decision !== decisionOf(policy, score)) {
      this.#counts.wrongDecisions++;
      this.#tell(
        `${where} has the decision ${decision} for ${score} with the name of policy ${policy}`,
      );
    }
  }

  #tell(example: string): void {
    if (this.#examples.length < MAX_EXAMPLES) this.#examples.push(example);
  }
}

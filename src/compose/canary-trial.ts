import type { Settings } from '../config/settings.ts';
import { ScorerError, type ErrorCode } from '../errors.ts';
import type { ExplainDecisions } from '../explain/reasons.ts';
import type { Events } from '../flow/events.ts';
import { Fates } from '../flow/fates.ts';
import { mergeScores } from '../flow/merge-scores.ts';
import { degradedRows, type Scores } from '../flow/scores.ts';
import type { InputTensor } from '../flow/tensors.ts';
import { killUnscored } from '../flow/unscored.ts';
import { takeRows } from '../flow/take-rows.ts';
import type { Joined, Trial } from '../pipeline.ts';
import { rowsOfShare } from '../rollout/key-share.ts';
import { withDeadline } from '../runtime/retry.ts';
import { CanaryObservation, type CanaryReport } from './canary-observation.ts';
import type { GatedVersion } from './gated-version.ts';
import { OtherVersion } from './other-version.ts';
import type { ScoringPlan } from './scoring-plan.ts';

export interface CanaryOptions {
  readonly champion: GatedVersion;
  readonly canary: GatedVersion;
  /** The plan that events were decoded with. */
  readonly planOf: (events: Events) => ScoringPlan;
  readonly settings: Settings;
  /** How long a batch waits for the canary. */
  readonly timeoutMs: number;
  readonly report: CanaryReport;
}

/** The scores of the canary for some rows, or why it has none. */
type Answer = Scores | { readonly code: ErrorCode };

/**
 * Scores the rows of its share with the canary, while the champion scores the batch. A trial must
 * not cost a score: if the canary has none for a row (its contract refuses the event, the model
 * fails, crashes or does not answer in time), the champion decides, and the row counts as a
 * fallback. While the canary is late with a batch, it gets no other one.
 */
export class CanaryTrials {
  readonly #options: CanaryOptions;
  readonly #other: OtherVersion;
  #late = 0;

  constructor(options: CanaryOptions) {
    this.#options = options;
    this.#other = new OtherVersion(options.canary, options.planOf, options.settings);
  }

  begin(events: Events, percent: number): Trial | undefined {
    const view = this.#other.viewOf(events);
    if (view === undefined) return undefined;
    const share = rowsOfShare(events.batch, percent);
    if (share.length === 0) return undefined;
    const own = onlyRows(view.events, share);
    const tensors = view.map(own);
    const rows = share.filter((row) => own.fates.isAlive(row));
    const asked = rows.length === 0 ? undefined : takeRows(tensors, Array.from(rows));
    const answer = asked === undefined ? undefined : this.#ask(asked, rows.length);
    const { explain } = view;
    return this.#trial({ share, own, rows, tensors, asked, answer, explain });
  }

  #trial({ share, own, rows, tensors: canarys, asked, answer, explain }: Asked): Trial {
    const { report } = this.#options;
    let seen: Events;
    let degraded: ReadonlySet<number>;
    let joined: Joined;
    let decided: Int32Array;
    let observation: CanaryObservation;
    return {
      join: async (events, tensors, scores) => {
        seen = events;
        degraded = degradedRows(scores);
        const answered = await answer;
        const codes = new Map<number, ErrorCode>();
        for (const { row, code } of own.fates.rejects) codes.set(row, code);
        decided = rowsWithScore(answered, rows, codes);
        const failed = share.filter((row) => codes.has(row) && events.fates.isAlive(row));
        joined = joinedBy(answered, decided, rows, events, scores);
        observation = new CanaryObservation(report, decided.length + failed.length);
        for (const row of failed) observation.fellBack(codes.get(row)!);
        if (asked !== undefined && answered !== undefined && 'score' in answered)
          observation.timed(() => this.#compareTimes(asked, takeRows(tensors, Array.from(rows))));
        return joined;
      },
      ...(explain && {
        explain: (events, scores, decisions) => explain(events, canarys, scores, decisions),
      }),
      observe: (champion, decisions) => {
        for (const row of decided)
          if (!degraded.has(row) && seen.fates.isAlive(row) && joined.events.fates.isAlive(row))
            observation.compare(champion, decisions, row);
        return observation;
      },
    };
  }

  /** Never rejects. */
  async #ask(tensors: readonly InputTensor[], rows: number): Promise<Answer> {
    const { canary, timeoutMs, report } = this.#options;
    if (this.#late > 0) return { code: 'INFERENCE_TIMEOUT' };
    try {
      const endHold = canary.shared.hold(); // it may work longer than the batch waits
      const scoring = canary.shared.value.model.score(tensors, rows);
      scoring.finally(endHold).catch(() => undefined);
      const scores = await withDeadline(scoring, timeoutMs, () => {
        this.#late++;
        const done = (): void => {
          this.#late--;
        };
        scoring.then(done, done);
        return new ScorerError({ code: 'INFERENCE_TIMEOUT', what: 'the canary is late' });
      });
      if (scores.seconds !== undefined) report.inferred(rows, scores.seconds);
      return scores;
    } catch (error) {
      const known = error instanceof ScorerError;
      const passing = known && error.fate !== 'exit';
      if (!passing) report.broken(error);
      return { code: known ? error.code : 'INTERNAL' };
    }
  }

  /** Both models score the same rows once more, one after the other: equal work, equal load. */
  async #compareTimes(
    canarys: readonly InputTensor[],
    champions: readonly InputTensor[],
  ): Promise<number | undefined> {
    const { canary, champion } = this.#options;
    const rows = canarys[0]!.rows;
    const endHolds: (() => void)[] = [];
    try {
      for (const { shared } of [canary, champion]) endHolds.push(shared.hold());
      const { seconds: own } = await canary.shared.value.model.score(canarys, rows);
      const { seconds: other } = await champion.shared.value.model.score(champions, rows);
      return own === undefined || other === undefined || other === 0 ? undefined : own / other;
    } finally {
      for (const endHold of endHolds) endHold();
    }
  }
}

interface Asked {
  /** All rows of the share. */
  readonly share: Int32Array;
  /** The events as the canary sees them. */
  readonly own: Events;
  /** Those of the share that it was asked about, with its tensors for them. */
  readonly rows: Int32Array;
  readonly asked: readonly InputTensor[] | undefined;
  /** Its tensors for the batch; those of other rows have no meaning. */
  readonly tensors: readonly InputTensor[];
  readonly explain: ExplainDecisions | undefined;
  readonly answer: Promise<Answer> | undefined;
}

/** The events without the other rows. */
function onlyRows(events: Events, rows: Int32Array): Events {
  const { fates } = events;
  let next = 0;
  for (let row = 0; row < fates.rows; row++) {
    if (rows[next] === row) next++;
    else fates.skip(row);
  }
  return events;
}

/** The rows that it has a score for. The reasons of the others are added to `codes`. */
function rowsWithScore(
  answer: Answer | undefined,
  rows: Int32Array,
  codes: Map<number, ErrorCode>,
): Int32Array {
  if (answer === undefined) return rows; // there are none
  if ('code' in answer) {
    for (const row of rows) codes.set(row, answer.code);
    return new Int32Array(0);
  }
  const fates = new Fates(rows.length);
  killUnscored(answer, fates);
  for (const { row, code } of fates.rejects) codes.set(rows[row]!, code);
  return rows.filter((_, i) => fates.isAlive(i));
}

/** The batch with the scores of the canary for the rows that it decides. */
function joinedBy(
  answer: Answer | undefined,
  decided: Int32Array,
  rows: Int32Array,
  events: Events,
  scores: Scores,
): Joined {
  if (answer === undefined || 'code' in answer || decided.length === 0) return { events, scores };
  const count = events.fates.rows;
  const ours = Int32Array.from({ length: count }, (_, row) => row);
  const theirs = new Int32Array(rows.length).fill(-1);
  let next = 0;
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] !== decided[next]) continue;
    theirs[i] = decided[next]!;
    ours[decided[next]!] = -1;
    next++;
  }
  const parts = [
    { rows: ours, scores },
    { rows: theirs, scores: answer },
  ];
  const fates = events.fates.revived(decided);
  return { events: { ...events, fates }, scores: mergeScores(parts, count) };
}

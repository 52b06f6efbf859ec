import type { Events } from '../flow/events.ts';
import type { Observation } from '../flow/observation.ts';
import { timeOf } from '../flow/record.ts';
import type { Decisions, Scores } from '../flow/scores.ts';
import type { Calibrator } from './calibrator.ts';
import { DAY_MS } from './score-table.ts';
import {
  addDecision,
  addSums,
  expectedFigures,
  noSums,
  type ExpectedFigures,
  type ExpectedSums,
} from './expected-sums.ts';

/** The figures of a version of the model. */
export interface ModelExpected extends ExpectedFigures {
  readonly model: string;
}

const KEPT_DAYS = 8;
const KEPT_VERSIONS = 8;

/** Expected precision and recall of the newest days, as `expectedFigures` has them. */
export class ExpectedQuality {
  readonly #versions = new Map<string, Map<number, ExpectedSums>>();

  add(model: string, day: number, sums: ExpectedSums): void {
    let days = this.#versions.get(model);
    if (days === undefined) {
      this.#versions.set(model, (days = new Map<number, ExpectedSums>()));
      if (this.#versions.size > KEPT_VERSIONS) {
        const [oldest] = this.#versions.keys();
        this.#versions.delete(oldest!);
      }
    }
    const own = days.get(day);
    if (own !== undefined) {
      addSums(own, sums);
      return;
    }
    days.set(day, { ...sums });
    if (days.size > KEPT_DAYS) days.delete(Math.min(...days.keys()));
  }

  /** Of each day, the newest first. */
  get days(): readonly ModelExpected[] {
    return [...this.#versions].flatMap(([model, days]) =>
      [...days]
        .sort(([a], [b]) => b - a)
        .map(([day, sums]) => ({ model, ...expectedFigures(day, day, sums) })),
    );
  }

  /** Of the two newest days of each version together. */
  get newest(): readonly ModelExpected[] {
    return [...this.#versions].map(([model, days]) => {
      const [last, before] = [...days.keys()].sort((a, b) => b - a);
      const sums = { ...days.get(last!)! };
      if (before === last! - 1) addSums(sums, days.get(before)!);
      const from = before === last! - 1 ? before : last!;
      return { model, ...expectedFigures(from, last!, sums) };
    });
  }
}

export interface ExpectedObserverOptions {
  readonly expected: ExpectedQuality;
  /** By version of the model. A version without a calibrator is left out. */
  readonly calibrators: ReadonlyMap<string, Calibrator>;
  readonly isAlarm: (decision: string) => boolean;
  readonly now: () => number;
}

/** Creates the observer of calibrated scores. It counts when the batch is delivered. */
export function createExpectedObserver({
  expected,
  calibrators,
  isAlarm,
  now,
}: ExpectedObserverOptions): (
  events: Events,
  tensors: unknown,
  scores: Scores,
  decisions: Decisions,
) => Observation | undefined {
  return function observeExpected(events, _tensors, scores, { index, names }) {
    const { models, modelOf, score } = scores;
    const own = models.map(({ version }) => calibrators.get(version));
    if (index === null || own.every((one) => one === undefined)) return undefined;
    const alarm = names.map(isAlarm);
    const { fates, batch } = events;
    const clock = now();
    const seen = new SeenExpected(expected);
    let sums: ExpectedSums | undefined;
    let [of, from] = [-1, NaN]; // what `sums` are for: a model, and when its day began
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const model = modelOf === null ? 0 : modelOf[row]!;
      const calibrator = own[model];
      if (calibrator === undefined) continue;
      const time = Math.min(timeOf(batch.records[row]!) ?? clock, clock);
      if (sums === undefined || model !== of || !(time >= from && time < from + DAY_MS)) {
        const day = Math.floor(time / DAY_MS);
        sums = seen.of(models[model]!.version, day);
        [of, from] = [model, day * DAY_MS];
      }
      addDecision(sums, alarm[index[row]!] === true, calibrator.of(score[row]!));
    }
    return seen;
  };
}

class SeenExpected implements Observation {
  readonly #expected: ExpectedQuality;
  readonly #seen: { readonly model: string; readonly day: number; readonly sums: ExpectedSums }[] =
    [];

  constructor(expected: ExpectedQuality) {
    this.#expected = expected;
  }

  of(model: string, day: number): ExpectedSums {
    const last = this.#seen.at(-1);
    if (last?.model === model && last.day === day) return last.sums;
    const found = this.#seen.find((one) => one.model === model && one.day === day);
    if (found !== undefined) return found.sums;
    const sums = noSums();
    this.#seen.push({ model, day, sums });
    return sums;
  }

  merge(other: this): void {
    this.#seen.push(...other.#seen);
  }

  record(): void {
    for (const { model, day, sums } of this.#seen) this.#expected.add(model, day, sums);
  }
}

import { ScorerError } from '../errors.ts';
import { both, SIDES, type Both } from './compared-batch.ts';

const HOUR_MS = 3_600_000;
/** Ten years. More hours come from times that are no times. */
const MAX_HOURS = 87_600;

/** Verdicts per hour of the events' own time (UTC). */
export class HourTally {
  readonly #hours = new Map<number, Both<number[]>>();
  withoutTime = 0;

  /** `time`: in ms since the epoch; NaN: none. */
  add(time: number, verdicts: Both<number>): void {
    if (Number.isNaN(time)) {
      this.withoutTime++;
      return;
    }
    const hour = Math.floor(time / HOUR_MS);
    let counts = this.#hours.get(hour);
    if (counts === undefined) {
      if (this.#hours.size >= MAX_HOURS) throw tooMany();
      this.#hours.set(hour, (counts = both(() => [])));
    }
    for (const side of SIDES) {
      const own = counts[side];
      own[verdicts[side]] = (own[verdicts[side]] ?? 0) + 1;
    }
  }

  /** In the order of time; hours without events are left out. */
  get hours(): readonly { readonly hour: string; readonly counts: Both<readonly number[]> }[] {
    return [...this.#hours]
      .sort(([x], [y]) => x - y)
      .map(([hour, counts]) => ({ hour: new Date(hour * HOUR_MS).toISOString(), counts }));
  }
}

function tooMany(): ScorerError {
  return new ScorerError({
    code: 'INPUT_INVALID',
    what: `the events are in more than ${MAX_HOURS} different hours`,
    where: '--time',
    remedy: 'Name the field that has the time of the event: --time FIELD.',
  });
}

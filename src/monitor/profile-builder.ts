import type { Column } from '../flow/events.ts';
import type { Fates } from '../flow/fates.ts';
import type { ModelIdentity } from '../flow/scores.ts';
import { binOf, chooseBins } from './choose-bins.ts';
import { hourOfWeek, HOURS, NO_HOUR } from './hours.ts';
import type { FeatureReference, Histogram, HoursReference, Profile } from './profile.ts';
import { Reservoir, seeded } from './random.ts';
import {
  CategoryValues,
  NO_CATEGORY,
  NumberValues,
  readerOf,
  TOO_MANY_CATEGORIES,
  type Values,
} from './row-table.ts';
import type { SeriesField, SeriesFields } from './series.ts';

/** All values of the sample take at most this much memory; a longer input is sampled by row. */
const MAX_BYTES = 256 * 1024 * 1024;
const MAX_ROWS = 2_000_000;
/** The most frequent categories have a bin each. */
const TOP_CATEGORIES = 20;
/** So many other categories are known by name. */
const OTHER_CATEGORIES = 1000;
const TWO_WEEKS_MS = 14 * 24 * 3_600_000;
/** On average, an hour of the week needs this many rows to be a reference. */
const ROWS_PER_HOUR = 300;

export interface ProfileBuilderOptions {
  readonly series: SeriesFields;
  readonly model: ModelIdentity;
  readonly seed: number;
  /** No references by the hour of the week. */
  readonly hours: boolean;
  /** At most this many rows are counted; default: as many as fit into 256 MB. */
  readonly maxRows?: number;
}

/** What is read of a batch. Times in ms; NaN where an event has none. */
export interface ProfiledRows {
  readonly columns: readonly Column[];
  readonly fates: Fates;
  readonly score: Float64Array;
  readonly times: Float64Array;
}

/**
 * Builds a profile from scored rows. Everything is counted over the same rows: all of them, or a
 * uniform sample of a longer input. So quantiles are exact for these rows, and frequent values keep
 * their share, which a sketch of quantiles does not give.
 */
export class ProfileBuilder {
  readonly #options: ProfileBuilderOptions;
  readonly #rows: Reservoir;
  readonly #series: readonly { field: SeriesField; values: Values; add: Add }[];
  readonly #score = new NumberValues();
  readonly #hours = new NumberValues();
  #from = Infinity;
  #to = -Infinity;

  constructor(options: ProfileBuilderOptions) {
    const { series, seed } = options;
    this.#options = options;
    const perRow = 8 * (series.fields.length + 2);
    const fitting = Math.min(MAX_ROWS, Math.floor(MAX_BYTES / perRow));
    this.#rows = new Reservoir(options.maxRows ?? fitting, seeded(seed));
    this.#series = series.fields.map((field) => {
      const read = readerOf(field);
      if (field.kind === 'numeric') {
        const values = new NumberValues();
        const add: Add = (columns, row, place) => {
          values.put(place, read.number(columns, row));
        };
        return { field, values, add };
      }
      const values = new CategoryValues();
      const add: Add = (columns, row, place) => {
        values.put(place, read.category(columns, row));
      };
      return { field, values, add };
    });
  }

  /** Rows that were read. */
  get read(): number {
    return this.#rows.seen;
  }

  /** Rows that are counted. */
  get rows(): number {
    return this.#rows.taken;
  }

  add({ columns, fates, score, times }: ProfiledRows): void {
    for (let row = 0; row < fates.rows; row++) {
      if (!fates.isAlive(row)) continue;
      const time = times[row]!;
      if (time < this.#from) this.#from = time;
      if (time > this.#to) this.#to = time;
      const place = this.#rows.next();
      if (place === -1) continue;
      for (const { add } of this.#series) add(columns, row, place);
      this.#score.put(place, score[row]!);
      this.#hours.put(place, hourOfWeek(time));
    }
  }

  /** Undefined if there was no row. */
  build(): Profile | undefined {
    const { rows, read } = this;
    if (rows === 0) return undefined;
    const { model, series } = this.#options;
    const features = this.#series.map(({ field, values }) => featureOf(field, values, rows));
    const score = chooseBins(this.#score.rows(rows).slice().sort());
    const time = (ms: number): string | null =>
      Number.isFinite(ms) ? new Date(ms).toISOString() : null;
    const hours = this.#byHour(features, score);
    const { name, version, sha256 } = model;
    return {
      version: 1,
      model: { name, version, sha256 },
      rows,
      read,
      from: time(this.#from),
      to: time(this.#to),
      leftOut: [...series.leftOut],
      score,
      features,
      ...(hours === undefined ? {} : { hourOfWeek: hours }),
    };
  }

  #byHour(features: readonly FeatureReference[], score: Histogram): HoursReference | undefined {
    const { rows } = this;
    const enough = this.#to - this.#from >= TWO_WEEKS_MS && rows >= HOURS * ROWS_PER_HOUR;
    const hours = this.#hours.rows(rows);
    if (!this.#options.hours || !enough || hours.includes(NO_HOUR)) return undefined;
    const perHour = new Array<number>(HOURS).fill(0);
    for (const hour of hours) perHour[hour]!++;
    return {
      rows: perHour,
      features: Object.fromEntries(
        features.map((feature, i) => {
          const codes = placesOf(feature, this.#series[i]!.values);
          const counts = countByHour(this.#series[i]!.values.rows(rows), hours, codes);
          return [feature.name, counts];
        }),
      ),
      score: countByHour(this.#score.rows(rows), hours, {
        count: score.counts.length,
        of: (value) => binOf(value, score.edges),
      }),
    };
  }
}

type Add = (columns: readonly Column[], row: number, place: number) => void;

function featureOf(field: SeriesField, values: Values, rows: number): FeatureReference {
  const { name, field: path, element, part } = field;
  const named = {
    name,
    field: path,
    ...(element === undefined ? {} : { element }),
    ...(part === undefined ? {} : { part }),
  };
  if (values instanceof NumberValues) {
    const present = values.rows(rows).filter((value) => !Number.isNaN(value));
    const missing = rows - present.length;
    return { ...named, missing, kind: 'numeric', ...chooseBins(present.sort()) };
  }
  return { ...named, kind: 'categorical', ...categoriesOf(values, rows) };
}

function categoriesOf(values: CategoryValues, rows: number) {
  const { names } = values;
  const byCode = new Array<number>(names.length).fill(0);
  let [missing, unnamed] = [0, 0];
  for (const code of values.rows(rows)) {
    if (code === NO_CATEGORY) missing++;
    else if (code === TOO_MANY_CATEGORIES) unnamed++;
    else byCode[code]!++;
  }
  const found = names
    .map((name, code) => ({ name, count: byCode[code]! }))
    .filter(({ count }) => count > 0) // its row has left the sample
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const top = found.slice(0, TOP_CATEGORIES);
  const rest = found.slice(TOP_CATEGORIES);
  const tooMany = unnamed > 0 || rest.length > OTHER_CATEGORIES;
  return {
    missing,
    categories: top.map(({ name }) => name),
    counts: top.map(({ count }) => count),
    others: rest.reduce((sum, { count }) => sum + count, unnamed),
    otherCategories: tooMany ? null : rest.map(({ name }) => name).sort(),
  };
}

interface Places {
  readonly count: number;
  readonly of: (value: number) => number;
}

/** The places of an hour's counts: missing, then the bins; of categories also the others. */
function placesOf(feature: FeatureReference, values: Values): Places {
  if (feature.kind === 'numeric') {
    const { edges, counts } = feature;
    return {
      count: counts.length + 1,
      of: (value) => (Number.isNaN(value) ? 0 : 1 + binOf(value, edges)),
    };
  }
  const { names } = values as CategoryValues;
  const others = 1 + feature.categories.length;
  const places = names.map((name) => {
    const place = feature.categories.indexOf(name);
    return place === -1 ? others : 1 + place;
  });
  return {
    count: others + 1,
    of: (code) => (code === NO_CATEGORY ? 0 : (places[code] ?? others)),
  };
}

function countByHour(values: Float64Array, hours: Float64Array, places: Places): number[][] {
  const counts = Array.from({ length: HOURS }, () => new Array<number>(places.count).fill(0));
  for (let i = 0; i < values.length; i++) counts[hours[i]!]![places.of(values[i]!)]!++;
  return counts;
}

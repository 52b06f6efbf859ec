import { z } from 'zod';

/**
 * profile.json: how the features and the score were distributed when the model was made. `profile`
 * writes it, and the stream is compared with it. Only counts: no value of an event but the edges
 * and bounds of numbers, and the names of categories.
 */

const count = z.int().min(0);
const finite = z.number();
const counts = z.array(count);

/**
 * Bins of a number. `counts` has one more entry than `edges`: bin i holds the values from
 * `edges[i - 1]` on and below `edges[i]`. A value below `low` or above `high` is out of range; the
 * reference has none.
 */
const histogram = {
  edges: z
    .array(finite)
    .max(100)
    .refine(
      (edges) => edges.every((edge, i) => i === 0 || edge > edges[i - 1]!),
      'must ascend, without an edge twice',
    ),
  counts: counts.min(1),
  low: finite,
  high: finite,
};

const named = {
  name: z.string().min(1).describe('The series: the field, its element or its length'),
  field: z.string().min(1).describe("Path of the event's field, as in model.yaml"),
  element: count.optional().describe('Which number of an array it is'),
  part: z.literal('length').optional().describe('The length of the field'),
  missing: count.describe('Rows in which it was null or absent'),
};

const numeric = z
  .strictObject({ ...named, kind: z.literal('numeric'), ...histogram })
  .superRefine(checkHistogram);

const categorical = z
  .strictObject({
    ...named,
    kind: z.literal('categorical'),
    categories: z.array(z.string()).max(200).describe('The most frequent ones, each with a bin'),
    counts,
    others: count.describe('Rows with another category'),
    otherCategories: z
      .array(z.string())
      .nullable()
      .describe('The names of the others; null: too many to say which one was never seen'),
  })
  .superRefine(({ categories, counts: own, otherCategories }, context) => {
    const all = [...categories, ...(otherCategories ?? [])];
    if (own.length !== categories.length) say(context, 'needs one count for each category');
    if (new Set(all).size !== all.length) say(context, 'lists a category twice');
  });

const score = z.strictObject(histogram).superRefine(checkHistogram);

/** For each hour of the week, from Monday 0:00 UTC on: the rows, and their counts by bin. */
const hourOfWeek = z.strictObject({
  rows: z.array(count).length(168),
  features: z.record(
    z.string(),
    z.array(z.array(count)).length(168).describe('Per hour: missing, then the bins, others last'),
  ),
  score: z.array(counts).length(168),
});

/** Knots of an isotonic regression: the score, and the rate of positive labels. */
const calibrator = z.strictObject({
  knots: z.array(z.tuple([finite, z.number().min(0).max(1)])).min(1),
  rows: count,
  positives: count,
});

export const profileSchema = z
  .strictObject({
    version: z.literal(1),
    model: z
      .strictObject({ name: z.string(), version: z.string(), sha256: z.string() })
      .describe('The model that scored the rows'),
    rows: count.min(1).describe('Rows that are counted, of all that were read'),
    read: count.min(1),
    from: z.iso.datetime().nullable().describe('Time of the oldest row, where rows have times'),
    to: z.iso.datetime().nullable(),
    features: z.array(z.discriminatedUnion('kind', [numeric, categorical])),
    leftOut: z
      .array(z.strictObject({ name: z.string(), why: z.string() }))
      .default([])
      .describe('What is not compared, and why'),
    score,
    hourOfWeek: hourOfWeek.optional(),
    calibrator: calibrator.optional(),
  })
  .superRefine(checkTotals);

export type Profile = z.output<typeof profileSchema>;
export type FeatureReference = Profile['features'][number];
export type NumericReference = Extract<FeatureReference, { kind: 'numeric' }>;
export type CategoricalReference = Extract<FeatureReference, { kind: 'categorical' }>;
export type Histogram = Profile['score'];
export type HoursReference = NonNullable<Profile['hourOfWeek']>;

/** An issue of zod's, in its words. */
interface Complaints {
  addIssue(issue: { code: 'custom'; path: PropertyKey[]; message: string }): void;
}

function say(context: Complaints, message: string, ...path: PropertyKey[]): void {
  context.addIssue({ code: 'custom', path, message });
}

function checkHistogram(
  own: { edges: readonly number[]; counts: readonly number[]; low: number; high: number },
  context: Complaints,
): void {
  if (own.counts.length !== own.edges.length + 1) say(context, 'needs one count more than edges');
  if (own.low > own.high) say(context, 'low is above high');
  if (own.edges.some((edge) => edge < own.low || edge > own.high))
    say(context, 'has an edge that is not between low and high');
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

/** Every row is in exactly one bin of every series. */
function checkTotals(
  profile: {
    rows: number;
    features: readonly FeatureReferenceLike[];
    score: { counts: readonly number[] };
    hourOfWeek?: { features: Readonly<Record<string, unknown>> } | undefined;
  },
  context: Complaints,
): void {
  const { rows, features, hourOfWeek: hours } = profile;
  const names = features.map(({ name }) => name);
  features.forEach((feature, i) => {
    const all = sum(feature.counts) + feature.missing + (feature.others ?? 0);
    if (all !== rows)
      say(context, `counts ${all} rows, but the profile has ${rows}`, 'features', i);
  });
  if (new Set(names).size !== names.length) say(context, 'has a name twice', 'features');
  if (sum(profile.score.counts) !== rows)
    say(context, `does not count ${rows} rows, as the profile does`, 'score');
  for (const name of names)
    if (hours !== undefined && !Object.hasOwn(hours.features, name))
      say(context, `does not have ${name}`, 'hourOfWeek', 'features');
}

interface FeatureReferenceLike {
  readonly name: string;
  readonly counts: readonly number[];
  readonly missing: number;
  readonly others?: number;
}

import type { ReasonValue } from '../flow/reasons.ts';

/** A field that may be changed, and its values in other events. */
export interface Changeable {
  readonly field: string;
  /** Its value in the event; null where it has none. */
  readonly value: ReasonValue;
  readonly kind: 'number' | 'whole' | 'text';
  /** Its values in the events of the background, and others that the model knows. */
  readonly known: readonly (number | string)[];
}

/** One field with another value. */
export interface Change {
  readonly field: string;
  readonly value: number | string;
}

/** A change of one field that changes the decision. The model and the policy have confirmed it. */
export interface Counterfactual {
  readonly field: string;
  readonly from: ReasonValue;
  readonly to: number | string;
  /** What would be decided. */
  readonly decision: string;
  /**
   * How far it is, in standard deviations of the background; null for texts, and where all events
   * have the same value.
   */
  readonly distance: number | null;
  /** The part of the background between the two values, or with the text. */
  readonly share: number;
}

export interface CounterfactualQuestion {
  readonly fields: readonly Changeable[];
  /** What would be decided with each change alone; null where there would be no score. */
  readonly decide: (changes: readonly Change[]) => Promise<readonly (string | null)[]>;
  /** Whether this decision is what is asked for. */
  readonly isWanted: (decision: string) => boolean;
}

/** Different numbers of a field that are tried. */
const MAX_NUMBERS = 200;

/** Halvings of the distance to a limit. */
const STEPS = 50;

/** A number is given with few digits if this makes the change longer by at most this part. */
const DIGITS = [1, 2, 3, 4, 5, 6] as const;
const LONGER = 0.01;

/** Stands for the distance of a text when changes are put in order. */
const TEXT_DISTANCE = 1;

/**
 * For each field, the smallest change that was found to change the decision as it is asked for; the
 * smallest of all first. Numbers stay within those of the background: their values are tried, and
 * the limit before the nearest one that works is found by halving. Whatever is returned was
 * decided by the real model and policy. A smaller change may exist between two values that were
 * tried, if the decision goes to and fro there.
 */
export async function findCounterfactuals(
  question: CounterfactualQuestion,
): Promise<readonly Counterfactual[]> {
  const { fields, decide, isWanted } = question;
  const tried = fields.flatMap((one) =>
    candidatesOf(one).map((value) => ({ one, change: { field: one.field, value } })),
  );
  const decisions = await decide(tried.map(({ change }) => change));
  const works = (decision: string | null | undefined): decision is string =>
    decision !== null && decision !== undefined && isWanted(decision);
  const found: Counterfactual[] = [];
  for (const one of fields) {
    const own = tried.flatMap(({ one: of, change }, i) =>
      of === one ? [{ value: change.value, decision: decisions[i]! }] : [],
    );
    const hits = own.flatMap(({ value, decision }) =>
      works(decision) ? [{ value, decision }] : [],
    );
    if (hits.length === 0) continue;
    if (one.kind === 'text') {
      const [best] = hits.sort(
        (a, b) => shareOf(one, b.value) - shareOf(one, a.value) || (a.value < b.value ? -1 : 1),
      );
      found.push(counterfactual(one, best!.value, best!.decision));
      continue;
    }
    const now = one.value as number;
    for (const side of [-1, 1]) {
      const before = own
        .map(({ value, decision }) => ({ value: value as number, works: works(decision) }))
        .filter(({ value }) => side * (value - now) > 0)
        .sort((a, b) => side * (a.value - b.value));
      const at = before.findIndex((candidate) => candidate.works);
      if (at < 0) continue;
      const near = at === 0 ? now : before[at - 1]!.value;
      const best = await limitOf(one, near, before[at]!.value, async (values) => {
        const changes = values.map((value) => ({ field: one.field, value }));
        return (await decide(changes)).map((decision) => (works(decision) ? decision : undefined));
      });
      found.push(counterfactual(one, best.value, best.decision));
    }
  }
  return found.sort(
    (a, b) =>
      (a.distance ?? TEXT_DISTANCE) - (b.distance ?? TEXT_DISTANCE) || (a.field < b.field ? -1 : 1),
  );
}

function candidatesOf({ kind, value, known }: Changeable): readonly (number | string)[] {
  const different = [...new Set(known)].filter((other) => other !== value);
  if (kind === 'text') return different;
  if (typeof value !== 'number') return []; // nothing to measure from
  const numbers = (different as number[]).sort((a, b) => a - b);
  if (numbers.length <= MAX_NUMBERS) return numbers;
  return Array.from(
    { length: MAX_NUMBERS },
    (_, i) => numbers[Math.round((i * (numbers.length - 1)) / (MAX_NUMBERS - 1))]!,
  );
}

type Try = (values: readonly number[]) => Promise<readonly (string | undefined)[]>;

/** The value nearest to `fails` that works, with few digits if possible; `works` does work. */
async function limitOf(
  { kind, value: now }: Changeable,
  fails: number,
  works: number,
  attempt: Try,
): Promise<{ readonly value: number; readonly decision: string }> {
  let [low, high] = [fails, works];
  for (let step = 0; step < STEPS; step++) {
    const middle = kind === 'whole' ? Math.round((low + high) / 2) : (low + high) / 2;
    if (middle === low || middle === high) break;
    const [decision] = await attempt([middle]);
    if (decision === undefined) low = middle;
    else high = middle;
  }
  const away = Math.sign(works - fails);
  const rounded = kind === 'whole' ? [] : DIGITS.map((digits) => roundedAway(high, digits, away));
  const longest = high + LONGER * (high - (now as number));
  const within = rounded.filter(
    (value) => away * (works - value) >= 0 && away * (longest - value) >= 0,
  );
  const values = [...within, high];
  const decisions = await attempt(values);
  const best = decisions.findIndex((decision) => decision !== undefined);
  return { value: values[best]!, decision: decisions[best]! };
}

/** The nearest number with this many digits, in one direction. */
function roundedAway(value: number, digits: number, away: number): number {
  if (value === 0) return 0;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - digits + 1);
  const count = away > 0 ? Math.ceil(value / unit) : Math.floor(value / unit);
  return Number((count * unit).toPrecision(digits + 1));
}

function counterfactual(one: Changeable, to: number | string, decision: string): Counterfactual {
  const { field, value: from } = one;
  return { field, from, to, decision, distance: distanceOf(one, to), share: shareOf(one, to) };
}

function distanceOf({ value, known }: Changeable, to: number | string): number | null {
  if (typeof value !== 'number' || typeof to !== 'number' || known.length === 0) return null;
  const numbers = known as number[];
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
  return variance > 0 ? Math.abs(to - value) / Math.sqrt(variance) : null;
}

function shareOf({ value, known }: Changeable, to: number | string): number {
  if (known.length === 0) return 0;
  if (typeof to === 'string' || typeof value !== 'number')
    return known.filter((other) => other === to).length / known.length;
  const [low, high] = [Math.min(value, to), Math.max(value, to)];
  const between = (known as number[]).filter((other) => other > low && other < high);
  return between.length / known.length;
}

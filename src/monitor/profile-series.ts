import type { FeatureReference, Profile } from './profile.ts';
import { hourSlots, MISSING, numericSlots, slotsOf, type Slots } from './reference.ts';
import { SCORE, type SeriesField, type SeriesFields } from './series.ts';

/** A series with its reference: what the stream is compared with. */
export interface ReferenceSeries {
  readonly name: string;
  /** Undefined: the score. */
  readonly field: SeriesField | undefined;
  readonly reference: FeatureReference | undefined;
  readonly slots: Slots;
  /** Counts by slot for each hour of the week, where the profile has them. */
  readonly hours: readonly (readonly number[])[] | undefined;
}

/** The series of a profile, or why it does not fit what the model reads. */
export function referenceSeries(
  profile: Profile,
  { fields }: SeriesFields,
): { readonly series: readonly ReferenceSeries[] } | { readonly problem: string } {
  const known = new Map(profile.features.map((feature) => [feature.name, feature]));
  const without = fields.find(({ name }) => !known.has(name));
  if (without !== undefined) return { problem: `the profile has no feature ${without.name}` };
  const names = new Set(fields.map(({ name }) => name));
  const other = profile.features.find(({ name }) => !names.has(name));
  if (other !== undefined)
    return { problem: `the profile has the feature ${other.name}, which the model does not read` };
  const changed = fields.find(({ name, kind }) => known.get(name)!.kind !== kind);
  if (changed !== undefined)
    return { problem: `the profile has ${changed.name} as another kind than ${changed.kind}` };
  const { hourOfWeek: hours, score } = profile;
  const features = fields.map((field): ReferenceSeries => {
    const reference = known.get(field.name)!;
    const slots = slotsOf(reference);
    return {
      name: field.name,
      field,
      reference,
      slots,
      hours: hours?.features[field.name]!.map((counts) => hourSlots(slots.kind, counts)),
    };
  });
  return {
    series: [
      ...features,
      {
        name: SCORE,
        field: undefined,
        reference: undefined,
        slots: numericSlots(score, 0),
        hours: hours?.score.map((counts) => hourSlots('score', counts)),
      },
    ],
  };
}

/** Whether a value in this slot is outside of the profile: the reference has no such value. */
export function isOutside({ slots, reference }: ReferenceSeries, slot: number): boolean {
  if (slot === MISSING) return slots.counts[MISSING] === 0;
  const last = slots.names.length - 1;
  if (slots.kind === 'numeric') return slot === 1 || slot === last;
  // Where not all categories are known, nobody can say that one was never seen.
  return slot === last && reference?.kind === 'categorical' && reference.otherCategories !== null;
}

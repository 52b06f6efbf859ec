import type { Settings } from '../../../src/config/settings.ts';

/** A score below this is decided by a rule that reads the event. */
export const SMALL = 20;

/** A policy with a number, which its name and its decisions have as well. */
export const policyOf = (number: number): NonNullable<Settings['decision']> => ({
  policy: String(number),
  bands: [{ decision: `band-${number}` }],
  rules: [
    {
      name: 'small',
      stage: 'after',
      when: `event.amount < ${SMALL}.0`,
      decision: `small-${number}`,
      shadow: false,
    },
  ],
});

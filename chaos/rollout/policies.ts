import type { Settings } from '../settings.ts';

const REVIEW_WIDTH = 0.2;
const LOWEST = 0.35;
const STEP = 0.05;
const DIFFERENT = 6;

/** The highest scores of APPROVE and REVIEW; REJECT is above them. */
export interface Bands {
  readonly approve: number;
  readonly review: number;
}

/** Policies of one run. Each label has bands of its own, and neighbours have others. */
export function bandsOf(policy: string): Bands {
  const approve = LOWEST + STEP * (Number(policy.slice(1)) % DIFFERENT);
  return { approve, review: approve + REVIEW_WIDTH };
}

export const policyOf = (number: number): string => `p${number}`;

/** The section `decision` of a policy. `more`: other contents with the same label. */
export function decisionSection(policy: string, more = 0): Settings {
  const { approve, review } = bandsOf(policy);
  return {
    policy,
    bands: [
      { upTo: approve + more, decision: 'APPROVE' },
      { upTo: review + more, decision: 'REVIEW' },
      { decision: 'REJECT' },
    ],
  };
}

/** What a policy decides by a score. */
export function decisionOf(policy: string, score: number): string {
  const { approve, review } = bandsOf(policy);
  if (score <= approve) return 'APPROVE';
  return score <= review ? 'REVIEW' : 'REJECT';
}

/** The policy of programs that are measured, where nothing else is said. */
export const BANDS = {
  policy: 'bench',
  bands: [
    { upTo: 0.3, decision: 'APPROVE' },
    { upTo: 0.7, decision: 'REVIEW' },
    { decision: 'REJECT' },
  ],
} as const;

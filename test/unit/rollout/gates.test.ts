import { firstGate, GATES, gateOf } from '../../../src/rollout/gates.ts';

describe('the gates of a version', () => {
  it.each([
    ['MODEL_INVALID', 'bundle'],
    ['MODEL_CHECKSUM', 'files'],
    ['MODEL_UNREADABLE', 'load'],
    ['MODEL_CRASHED', 'load'],
    ['MODEL_MEMORY', 'memory'],
    ['MODEL_WARMUP', 'warmup'],
    ['MODEL_INPUT', 'signature'],
    ['CONTRACT_FIELD', 'contract'],
    ['MODEL_GOLDEN', 'golden'],
    ['SCHEMA_INCOMPATIBLE', 'score-schema'],
  ] as const)('%s is told at the gate %s', (code, gate) => {
    expect(gateOf({ code })).toBe(gate);
  });

  it('of several problems, the first gate counts', () => {
    const problems = [...GATES].reverse().map(() => ({ code: 'MODEL_GOLDEN' as const, what: '' }));
    expect(firstGate(problems)).toBe('golden');
    expect(firstGate([...problems, { code: 'MODEL_CHECKSUM', what: '' }])).toBe('files');
  });
});

import { ERRORS } from '../../../src/error-table.ts';
import { ScorerError, type ErrorCode } from '../../../src/errors.ts';
import type { DeadCode } from '../../../src/flow/dead-code.ts';
import { Fates, type Reject } from '../../../src/flow/fates.ts';

/** The codes that the table says records die of. */
type DeadInTable = {
  [Code in ErrorCode]: (typeof ERRORS)[Code]['fate'] extends 'dead' ? Code : never;
}[ErrorCode];

// Each line below an expectation is an error for the compiler: where the types get looser, the
// expectation itself becomes the error. `npm test` compiles this file.
describe('codes are checked by the compiler', () => {
  it('takes a code that records die of, and no other', () => {
    const fates = new Fates(9);
    fates.kill(0, 'map', 'FIELD_NULL', 'it is null');
    // @ts-expect-error -- no such code
    fates.kill(1, 'map', 'FIELD_NUL', 'a typo');
    // @ts-expect-error -- an outage, which no record dies of
    fates.kill(2, 'decode', 'REGISTRY_UNAVAILABLE', 'away');
    // @ts-expect-error -- what a person has to mend
    fates.kill(3, 'map', 'CONTRACT_FIELD', 'wrong at start');
    // @ts-expect-error -- any text
    fates.kill(4, 'map', ['FIELD', 'NULL'].join('_'), 'not known to be a code');
    // @ts-expect-error -- no such stage
    fates.kill(5, 'mapp', 'FIELD_NULL', 'a typo');
    expect(fates.rejects).toHaveLength(6);
  });

  it('types what carries a code', () => {
    // @ts-expect-error -- no such code
    const reject: Reject = { row: 0, stage: 'map', code: 'FIELD_NUL', message: '' };
    // @ts-expect-error -- no such code
    const error = new ScorerError({ code: 'CONFIG_INVALD', what: '' });
    expect([reject.code, error.code]).toEqual(['FIELD_NUL', 'CONFIG_INVALD']);
  });

  it('has a remedy for every code that records die of, and no code of that fate besides', () => {
    const same: [DeadInTable] extends [DeadCode]
      ? [DeadCode] extends [DeadInTable]
        ? true
        : false
      : false = true;
    expect(same).toBe(true);
  });
});

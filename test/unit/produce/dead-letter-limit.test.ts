import { Fates } from '../../../src/flow/fates.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import type { Unread } from '../../../src/flow/record.ts';
import { DeadLetterLimit, RATIO_WINDOW } from '../../../src/produce/dead-letter-limit.ts';

/** An outcome of records that are `.` scored, `x` dead or `-` skipped. */
function outcomeOf(fates: string, partition = 0): Outcome {
  const made = new Fates(fates.length);
  Array.from(fates).forEach((fate, row) => {
    if (fate === 'x') made.kill(row, 'decode', 'AVRO_TRUNCATED', 'cut');
    if (fate === '-') made.skip(row);
  });
  const records = Array.from(fates, (_, row) => ({
    offset: 70 + row,
    timestamp: 0,
    key: null,
    value: null,
  }));
  const batch = { topic: 'in', partition, records, closedBy: 'end' as const };
  return { batch, fates: made, scores: null, decisions: null, records: [], rows: new Int32Array() };
}

describe('the limit on dead letters', () => {
  it('lets as many in a row pass as it says, and stops at one more, across batches', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 5, maxRatio: 1 });
    limit.check(outcomeOf('.xxx'));
    limit.check(outcomeOf('xx'));
    expect(() => {
      limit.check(outcomeOf('x'));
    }).toThrow(
      'DEAD_LETTER_LIMIT: in-0: more than 5 records in a row are dead letters, up to offset 70; the most frequent code is AVRO_TRUNCATED',
    );
  });

  it('begins anew after a record that is scored; a tombstone is neither', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 2, maxRatio: 1 });
    limit.check(outcomeOf('xx.xx.xx'));
    expect(() => {
      limit.check(outcomeOf('-x'));
    }).toThrow('DEAD_LETTER_LIMIT');
  });

  it('counts each partition by itself, and forgets with the assignment', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 2, maxRatio: 1 });
    limit.check(outcomeOf('xx', 0));
    limit.check(outcomeOf('xx', 1));
    limit.reset();
    limit.check(outcomeOf('xx', 0));
    expect(() => {
      limit.check(outcomeOf('x', 0));
    }).toThrow('in-0');
  });

  it('stops at a larger share over a window, not at a few of few', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 1000, maxRatio: 0.2 });
    limit.check(outcomeOf('x.'.repeat(20)));
    expect(() => {
      limit.check(outcomeOf('xx.'.repeat(RATIO_WINDOW / 3)));
    }).toThrow(/\d+ of \d+ records are dead letters, up to offset 1068;/);
  });

  it('takes the share of each window by itself', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 1000, maxRatio: 0.5 });
    limit.check(outcomeOf('.'.repeat(RATIO_WINDOW)));
    expect(() => {
      limit.check(outcomeOf('xx.'.repeat(400)));
    }).toThrow('DEAD_LETTER_LIMIT');
  });

  it('takes the records of a batch that was not read for one fault, across batches of ours', () => {
    const limit = new DeadLetterLimit({ maxConsecutive: 2, maxRatio: 1 });
    const unreadBy = (unread: Unread): Outcome => {
      const { batch, ...outcome } = outcomeOf('xxxx');
      return {
        ...outcome,
        batch: { ...batch, records: batch.records.map((record) => ({ ...record, unread })) },
      };
    };
    const one: Unread = { code: 'BATCH_UNREADABLE', message: 'broken' };
    limit.check(unreadBy(one));
    limit.check(unreadBy(one));
    limit.check(unreadBy({ ...one }));
    expect(() => {
      limit.check(unreadBy({ ...one }));
    }).toThrow('more than 2 records in a row');
  });
});

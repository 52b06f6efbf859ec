import fc from 'fast-check';
import { anyText } from '../../../support/texts.ts';
import { utf8Column } from '../given.ts';
import { KeyTable } from '../../../../src/decide/lists/key-table.ts';

describe('a table of keys', () => {
  it('has what a map has, through additions, deletions and expiry', () => {
    const key = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b', 'ÿ', 'Ā', '日'), maxLength: 3 }),
      anyText(40),
    );
    const step = fc.record({
      key,
      does: fc.constantFrom('set', 'set', 'delete' as const),
      expires: fc.option(fc.integer({ min: 0, max: 10 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.array(key), (steps, others) => {
        const table = new KeyTable();
        const map = new Map<string, number>();
        for (const { key: of, does, expires } of steps) {
          if (does === 'set') {
            table.set(of, expires);
            map.set(of, expires ?? Infinity);
          } else expect(table.delete(of)).toBe(map.delete(of));
          expect(table.size).toBe(map.size);
        }
        const asked = [...steps.map((one) => one.key), ...others];
        const state = Uint8Array.from(asked, (_, row) => (row % 7 === 3 ? row % 4 : 0));
        const open = Uint8Array.from(asked, (_, row) => +(row % 5 !== 4));
        // A row without a value may have the place of one that was read before.
        const column = utf8Column(asked, state);
        for (const now of [-1, 5, 10]) {
          const there = asked.map((of) => (map.get(of) ?? -Infinity) > now);
          expect(asked.map((of) => table.has(of, now))).toEqual(there);
          const out = new Uint8Array(asked.length).fill(9);
          const some = table.mark(column, open, now, out, asked.length);
          const marked = there.map((is, row) => +(is && state[row] === 0 && open[row] === 1));
          expect([...out]).toEqual(marked);
          expect(some).toBe(Math.max(0, ...marked));
        }
      }),
    );
  });

  it('keeps no room for keys that come and go', () => {
    const table = new KeyTable();
    for (let i = 0; i < 200_000; i++) {
      table.set(`key-${i}`);
      if (i >= 100) table.delete(`key-${i - 100}`);
    }
    expect(table.size).toBe(100);
    expect(table.bytes).toBeLessThan(100_000);
  });

  it('holds a million keys in less than 80 MB', () => {
    const table = new KeyTable();
    for (let i = 0; i < 1_000_000; i++) table.set(`card-${String(i).padStart(11, '0')}`);
    expect(table.size).toBe(1_000_000);
    expect(table.bytes).toBeLessThan(80e6);
    expect(table.has('card-00000999999', 0)).toBe(true);
    expect(table.has('card-00001000000', 0)).toBe(false);
  });
});

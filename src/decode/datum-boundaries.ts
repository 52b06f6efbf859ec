import { ScorerError } from '../errors.ts';
import type { SchemaNode } from '../flow/schema-node.ts';
import { SkipPlan } from './skip-plan.ts';
import { PlanReader } from './plan-reader.ts';

/**
 * Most values without a byte in one block. Only their count is in the file, and it may be corrupt.
 */
const MAX_EMPTY = 1_000_000;

/**
 * Creates the function that finds the end of each of `count` values that follow one another in
 * `bytes`, by their writer's schema. Throws INPUT_INVALID if they do not fill the bytes exactly.
 */
export function datumBoundaries(
  writer: SchemaNode,
): (bytes: Buffer, count: number, where: string) => Generator<number> {
  const plan = new SkipPlan().item(writer);
  const planReader = new PlanReader([], []);
  return function* ends(bytes, count, where) {
    const fail = (what: string): ScorerError =>
      new ScorerError({ code: 'INPUT_INVALID', what, where });
    if (count > Math.max(bytes.length, MAX_EMPTY))
      throw fail('a block claims more records than its bytes can hold');
    let at = 0;
    for (let i = 0; i < count; i++) {
      const end = planReader.endOf(plan, bytes, at);
      if (typeof end === 'object') throw fail(`a record of the block is corrupt: ${end.message}`);
      at = end;
      yield at;
    }
    if (at !== bytes.length)
      throw fail('a block has bytes left after its last record: the file is corrupt');
  };
}

import type { Batch } from '../flow/batch.ts';
import { timeOf, type OutputRecord } from '../flow/record.ts';
import type { Decisions, ModelIdentity, Scores } from '../flow/scores.ts';
import { longBytes, nullableStringBytes, stringBytes } from './avro-bytes.ts';
import { wirePrefix } from '../flow/wire-prefix.ts';

/** One side of a comparison: the scores and decisions of a version for the rows of a batch. */
export interface Side {
  readonly scores: Scores;
  readonly decisions: Decisions;
}

const NO_TIME = longBytes(0);

/**
 * Encodes the comparison of some rows of a batch, in the order of the fields in
 * `comparison-schema.ts`. Each record has the key of its input record.
 */
export function encodeComparisons(
  schemaId: number,
  { topic, partition, records }: Batch,
  rows: ArrayLike<number>,
  champion: Side,
  challenger: Side,
  comparedAt: number,
): OutputRecord[] {
  const prefix = wirePrefix(schemaId);
  const verdictOf = [champion, challenger].map(verdicts);
  const middle = Buffer.concat([
    nullableStringBytes(champion.decisions.policy),
    stringBytes(topic),
    longBytes(partition),
  ]);
  const end = longBytes(comparedAt);
  return Array.from(rows, (row) => {
    const record = records[row]!;
    const time = timeOf(record);
    const value = Buffer.concat([
      prefix,
      ...verdictOf.flatMap((verdict) => verdict(row)),
      middle,
      longBytes(Number(record.offset)),
      ...(time === undefined ? [NO_TIME] : [longBytes(1), longBytes(time)]),
      end,
    ]);
    return { key: record.key, value };
  });
}

/** The bytes of a verdict by its row. What many rows share is encoded once. */
function verdicts({ scores, decisions }: Side): (row: number) => Buffer[] {
  const names = decisions.names.map(nullableStringBytes);
  const none = nullableStringBytes(null);
  const models = scores.models.map(modelBytes);
  return (row) => {
    const score = Buffer.alloc(8);
    score.writeDoubleLE(scores.score[row]!);
    const decision = decisions.index === null ? none : names[decisions.index[row]!]!;
    return [score, decision, models[scores.modelOf === null ? 0 : scores.modelOf[row]!]!];
  };
}

const modelBytes = ({ name, version, sha256 }: ModelIdentity): Buffer =>
  Buffer.concat([name, version, sha256].map(stringBytes));

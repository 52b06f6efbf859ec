import avro from 'avsc';
import { comparisonSchema } from '../../src/encode/comparison-schema.ts';
import { scoreSchema } from '../../src/encode/score-schema.ts';
import { TRANSACTION_SCHEMA, type Transaction } from '../../src/demo/simulate/transaction.ts';
import { evaluate, type EvaluateOptions } from '../evaluate.ts';
import { fateOf } from '../events.ts';
import type { Totals } from '../ledger.ts';
import { readTopic } from '../read-topic.ts';
import { PARTITIONS } from '../topics.ts';
import type { History } from './deciders.ts';
import { logitOf } from './shifts.ts';
import { Verdicts, type Answer, type Verdict } from './verdicts.ts';
import { WIRE_PREFIX_BYTES } from '../../src/flow/wire-prefix.ts';

export interface Evaluated {
  readonly totals: Totals;
  readonly verdict: Verdict;
}

interface WrittenAnswer {
  readonly score: number;
  readonly decision: string | null;
  readonly model: { readonly version: string };
}
interface Written {
  readonly policy: string;
  readonly source: { readonly partition: number; readonly offset: number };
}
type WrittenScore = Written & WrittenAnswer;
interface WrittenComparison extends Written {
  readonly champion: WrittenAnswer;
  readonly challenger: WrittenAnswer;
}

/** Reads the topics, and matches them as every run does, and by who decided. */
export async function evaluateRollout(
  options: EvaluateOptions & {
    readonly comparisons: string;
    readonly history: History;
    readonly shifts: ReadonlyMap<string, number>;
  },
): Promise<Evaluated> {
  const { names, registry, history, shifts, comparisons, kafka, until, stop } = options;
  const totals = await evaluate(options);
  const reading = { kafka, until, stop };
  const verdicts = new Verdicts(PARTITIONS, shifts);
  const event = avro.Type.forSchema(TRANSACTION_SCHEMA as never);
  await readTopic({
    ...reading,
    topic: names.input,
    onRecord: (partition, { offset, key, value }) => {
      if (fateOf(value!) !== 'score') return;
      const body = event.fromBuffer(value!.subarray(WIRE_PREFIX_BYTES)) as Transaction;
      verdicts.input(partition, Number(offset), key!.toString(), logitOf(body));
    },
  });
  const scoreOf = await readerOf(registry, names.output, scoreSchema([]));
  await readTopic({
    ...reading,
    topic: names.output,
    onRecord: (_partition, { value }) => {
      const { policy, source, ...answer } = scoreOf(value!) as WrittenScore;
      verdicts.score(source.partition, source.offset, { ...answerOf(answer), policy });
    },
  });
  const canaries = new Set(
    history.changes.flatMap(({ states }) => states.map(({ canary }) => canary?.version)),
  );
  const namespace = 'stream_scorer';
  const comparisonOf = await readerOf(registry, comparisons, comparisonSchema({ namespace }));
  await readTopic({
    ...reading,
    topic: comparisons,
    onRecord: (_partition, { value }) => {
      const { champion, challenger, policy, source } = comparisonOf(value!) as WrittenComparison;
      const row = { champion: answerOf(champion), challenger: answerOf(challenger), policy };
      verdicts.comparison(source.partition, source.offset, row, (version) => canaries.has(version));
    },
  });
  return { totals, verdict: verdicts.verdict(history) };
}

/** A topic to which nothing was written may have no schema; it has no value to read either. */
async function readerOf(
  registry: EvaluateOptions['registry'],
  topic: string,
  schema: unknown,
): Promise<(value: Buffer) => unknown> {
  const latest = await registry.latest(`${topic}-value`);
  const reader = avro.Type.forSchema(schema as never);
  if (latest === undefined) return (value) => reader.fromBuffer(value) as unknown;
  const resolver = reader.createResolver(avro.Type.forSchema(latest.node.schema() as never));
  return (value) => reader.fromBuffer(value.subarray(WIRE_PREFIX_BYTES), resolver) as unknown;
}

const answerOf = ({ score, decision, model: { version } }: WrittenAnswer): Answer => ({
  version,
  score,
  decision,
});

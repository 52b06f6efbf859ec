import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { preparedReasons } from '../../../src/compose/version-reasons.ts';
import { openPlan } from '../../../src/compose/open-plan.ts';
import { createScoreBatch } from '../../../src/compose/score-batch.ts';
import { jsonEncoder } from '../../../src/decode/avro-json.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { framed } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { settingsFor, type ScoreRecord } from './given-reasons.ts';

const FOLDER = resolve('test/data/shap-fields');
const read = (file: string): string => readFileSync(`${FOLDER}/${file}`, 'utf8');
const EVENT = parseSchema(JSON.parse(read('event.avsc')));

interface Expected {
  readonly fields: readonly string[];
  readonly base: number;
  readonly contributions: readonly (readonly number[])[];
  readonly score: readonly number[];
}

// `inside`: encoders, an imputer and a scaler of scikit-learn are parts of the file; `dropped`: also
// where the encoder leaves out the first category. `outside`: they are columns of model.yaml.
// scripts/goldens/shap_fields.py made them.
it.each([
  ['inside', 'interventional'],
  ['dropped', 'linear'],
  ['outside', 'interventional'],
])(
  'reasons by field are what shap says, with the first steps as in %s (%s)',
  async (name, method) => {
    const settings = await settingsFor(
      `${FOLDER}/${name}`,
      `decision: { bands: [{ decision: ANY }] }
explain: { decisions: [ANY], top: 99 }
`,
    );
    const readers = () => Promise.resolve({ readers: new Map([['in', EVENT]]), problems: [] });
    const plan = await openPlan(settings, readers, new AbortController().signal, () => undefined);
    const [{ model }] = plan.value.versions;
    expect(preparedReasons(model)!.by.method).toBe(method);

    const encode = jsonEncoder(EVENT);
    const events = read(`${name}/events.jsonl`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const records = events.map((event, offset) => ({
      offset,
      timestamp: 0,
      key: null,
      value: framed(0, encode(event)),
    }));
    const registry = { byId: () => Promise.resolve(EVENT) };
    const score = createScoreBatch(plan.value, { settings, registry, topic: 'in' });
    const outcome = await score({ topic: 'in', partition: 0, records, closedBy: 'end' });
    const type = plainType(plan.value.stream.scoreSchema);
    const {
      fields,
      base,
      contributions,
      score: scores,
    } = JSON.parse(read(`${name}/expected.json`)) as Expected;
    expect(outcome.records).toHaveLength(scores.length);
    for (const [row, { value }] of outcome.records.entries()) {
      const given = type.fromBuffer(value!.subarray(5)) as unknown as ScoreRecord;
      expect(given.score).toBeCloseTo(scores[row]!, 5);
      const of = (field: string): number => contributions[row]![fields.indexOf(field)]!;
      const expected = new Map([
        ['habits', of('count') + of('amount')],
        ...['age', 'category', 'country'].map((field) => [field, of(field)] as const),
      ]);
      for (const { feature, contribution, value: own } of given.reasons) {
        expect(contribution).toBeCloseTo(expected.get(feature)!, 5);
        const now = events[row]![feature];
        const kind = feature === 'age' ? 'double' : 'string';
        expect(own).toEqual(feature === 'habits' || now === null ? null : { [kind]: now });
        expected.delete(feature);
      }
      for (const left of expected.values()) expect(left).toBeCloseTo(0, 8);
      const raw = given.reasons.reduce((sum, { contribution }) => sum + contribution, base);
      expect(1 / (1 + Math.exp(-raw))).toBeCloseTo(given.score, 5);
      const sizes = given.reasons.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
    await plan.stop();
  },
);

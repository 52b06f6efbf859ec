import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../../../src/config/settings.ts';
import { checkGolden } from '../../../src/compose/golden.ts';
import type { ScoringPlan } from '../../../src/compose/scoring-plan.ts';
import type { InputTensor } from '../../../src/flow/tensors.ts';
import { writeBundle } from '../../models/models.ts';
import { planOf } from '../../models/scored.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const SCHEMA = {
  type: 'record',
  name: 'E',
  fields: ['a', 'b', 'c'].map((name) => ({ name, type: 'double' })),
};
const SETTINGS = { input: {}, schemaRegistry: { unknownIdRetryMs: 0 } } as Settings;

/** A plan whose model gives the number of rows for a score. */
async function counting(dir: string, quantisedByBatch: boolean): Promise<ScoringPlan> {
  await writeBundle(dir, '1', 'golden: golden.jsonl\n');
  const line = JSON.stringify({ event: { a: 1, b: 2, c: 3 }, score: 2 });
  await writeFile(join(dir, '1', 'golden.jsonl'), `${line}\n${line}\n`);
  const plan = await planOf(dir, SCHEMA);
  const [champion] = plan.versions;
  await champion.model.release();
  const score = (_tensors: readonly InputTensor[], rows: number) =>
    Promise.resolve({
      models: [champion.model.identity],
      modelOf: null,
      score: new Float64Array(rows).fill(rows),
      classes: null,
      perClass: null,
    });
  const model = { ...champion.model, score, quantisedByBatch };
  return { ...plan, versions: [{ ...champion, model }] };
}

describe('golden events whose score depends on the batch', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'stream-scorer-golden-'));
  });
  afterEach(async () => {
    await rm(dir, { recursive: true });
  });

  it('are taken from a model that rounds by its batch, of which it is known', async () => {
    await expect(checkGolden(await counting(dir, true), SETTINGS)).resolves.toBe(2);
  });

  it('are refused of any other', async () => {
    const { problems } = await scorerErrorOf(async () =>
      checkGolden(await counting(dir, false), SETTINGS),
    );
    expect(problems).toMatchObject([
      { code: 'MODEL_BATCH_DEPENDENT', where: `${join(dir, '1', 'golden.jsonl')}:1` },
    ]);
    expect(problems[0]!.what).toBe(
      'the event has the score 2 when it is scored with the other golden events, but 1 when it is scored alone',
    );
  });
});

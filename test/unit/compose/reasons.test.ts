import { rm } from 'node:fs/promises';
import { createCounterfactual } from '../../../src/compose/counterfactual.ts';
import { describeReasons } from '../../../src/commands/check-reasons.ts';
import type { ScoringPlan } from '../../../src/compose/scoring-plan.ts';
import { createStages } from '../../../src/compose/stages.ts';
import { preparedReasons } from '../../../src/compose/version-reasons.ts';
import { ScorerError } from '../../../src/errors.ts';
import { createPipeline } from '../../../src/pipeline.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { scorerErrorOf } from '../../support/thrown.ts';
import {
  bundleWith,
  goldenEvents,
  opened,
  READER,
  recordOf,
  scoresOf,
  settingsFor,
  type Transaction,
} from './given-reasons.ts';

const LABELS = `labels:
  amount: { label: amount of the payment, code: R01 }
  features.terminalRisk1d: { group: terminal risk, code: R02 }
  features.terminalRisk7d: { group: terminal risk }
  features.terminalRisk30d: { group: terminal risk }
`;
const DECISION = `decision:
  bands:
    - { upTo: 0.016, decision: APPROVE }
    - { upTo: 0.5515, decision: REVIEW }
    - { decision: REJECT }
  rules:
    - { name: night, stage: before, when: "event.amount > 100000.0", decision: REVIEW }
`;
const EXPLAIN = 'explain: { decisions: [REVIEW, REJECT] }\n';

let events: Transaction[];
let folder: string;
let settings: Settings;
let plan: Started<ScoringPlan>;

beforeAll(async () => {
  events = await goldenEvents();
  folder = await bundleWith(events.slice(0, 60), LABELS);
  settings = await settingsFor(folder, `${DECISION}${EXPLAIN}`);
  plan = await opened(settings);
}, 60_000);
afterAll(async () => {
  await plan.stop();
  await rm(folder, { recursive: true });
});

const logit = (p: number): number => Math.log(p / (1 - p));

describe('the reasons in score records', () => {
  it('are there where a decision asks for them, and the same in every batch', async () => {
    const scores = await scoresOf(plan.value, settings, events);
    expect(scores).toHaveLength(events.length);
    const explained = scores.filter(({ reasons }) => reasons.length > 0);
    expect(explained.length).toBeGreaterThan(5);
    for (const { decision, reasons } of scores) {
      if (decision!.string === 'APPROVE') expect(reasons).toEqual([]);
      const sizes = reasons.map(({ contribution }) => contribution);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      expect(sizes.every((size) => size > 0)).toBe(true);
      expect(reasons.length).toBeLessThanOrEqual(3);
    }
    const codes = new Map(
      explained.flatMap(({ reasons }) => reasons.map(({ feature, code }) => [feature, code])),
    );
    expect(codes.get('amount')).toEqual({ string: 'R01' });
    expect(codes.get('terminal risk')).toEqual({ string: 'R02' });
    for (const [i, event] of events.slice(0, 40).entries()) {
      const [alone] = await scoresOf(plan.value, settings, [event]);
      expect(alone!.reasons).toEqual(scores[i]!.reasons);
    }
  });

  it('are the same when a batch is scored again, because a worker was lost while it explained', async () => {
    const [version] = plan.value.versions;
    const stages = createStages(plan.value, {
      settings,
      registry: READER,
      schemaId: 0,
      now: () => 0,
    });
    let lost = 1;
    const explain: typeof stages.explain = (...given) =>
      lost-- > 0
        ? Promise.reject(new ScorerError({ code: 'MODEL_WORKER_LOST', what: 'it is lost' }))
        : stages.explain!(...given);
    const take = createPipeline(
      stages,
      () => ({ ...stages, explain }),
      () => 0,
    );
    const records = events.map(recordOf);
    const score = take({ topic: 'in', partition: 0, records, closedBy: 'end' });
    await expect(score()).rejects.toThrow('MODEL_WORKER_LOST');
    const [again, once] = [await score(), await score()];
    expect(again.fates.rejects).toEqual([]);
    expect(again.records.map(({ value }) => value)).toEqual(once.records.map(({ value }) => value));
    expect(preparedReasons(version.model)!.events).toBe(60);
  });

  it('of all fields add up to the log-odds, against the mean of the background', async () => {
    const all = { ...settings, explain: { ...settings.explain!, decisions: ['APPROVE'], top: 99 } };
    const approving = {
      ...all,
      decision: { ...all.decision!, bands: [{ decision: 'APPROVE' }] },
    } as unknown as Settings;
    const other = await opened(approving);
    const scores = await scoresOf(other.value, approving, events);
    const bases = scores.map(({ score, reasons }) =>
      reasons.reduce((rest, { contribution }) => rest - contribution, logit(score)),
    );
    const mean = scores.slice(0, 60).reduce((sum, { score }) => sum + logit(score), 0) / 60;
    for (const [i, base] of bases.entries())
      // the score is a float32, so near 1 its log-odds are not exact
      if (scores[i]!.score < 0.999) expect(base).toBeCloseTo(mean, 2);
    await other.stop();
  });

  it('do not show the value of a field that the score conceals', async () => {
    const output = { ...settings.output, carry: [{ field: 'amount', keepLast: 2 }] };
    const scores = await scoresOf(plan.value, { ...settings, output }, events);
    const plain = await scoresOf(plan.value, settings, events);
    const own = (all: typeof scores) =>
      all.flatMap(({ reasons }) => reasons.filter(({ feature }) => feature === 'amount'));
    expect(own(scores).length).toBeGreaterThan(0);
    for (const { value } of own(scores)) expect(value).toBeNull();
    for (const { value } of own(plain)) expect(value).not.toBeNull();
  });

  it('are a rule alone, if it decided before the model', async () => {
    const event = { ...events[0]!, amount: 200_000 };
    const [score] = await scoresOf(plan.value, settings, [event]);
    expect(score!.reasons).toEqual([
      { feature: 'rule:night', value: null, contribution: 0, code: null },
    ]);
  });

  it('are described by check', () => {
    const lines = describeReasons(plan.value, settings).join('');
    expect(lines).toMatch(/^reasons {8}for REVIEW, REJECT: at most 3, interventional, in the raw/);
    expect(lines).toMatch(/amount +R01, amount of the payment\n/);
    expect(lines).toMatch(/terminal risk +R02, 3 fields\n/);
  });
});

describe('a counterfactual', () => {
  it('is a change of one field, and the changed event has that decision', async () => {
    const scores = await scoresOf(plan.value, settings, events);
    const rejected = scores.findIndex(({ decision }) => decision!.string === 'REJECT');
    const ask = await createCounterfactual({
      plan: plan.value,
      settings,
      registry: READER,
      topic: 'in',
    });
    const event = events[rejected]!;
    const { decision, changes } = await ask(recordOf(event));
    expect(decision).toBe('REJECT');
    expect(changes.length).toBeGreaterThan(0);
    for (const change of changes) {
      const [, field = change.field] = change.field.split('features.');
      const part = change.field.startsWith('features.') ? 'features' : undefined;
      const changed = (
        part === undefined
          ? { ...event, [field]: change.to }
          : { ...event, [part]: { ...(event[part] as object), [field]: change.to } }
      ) as Transaction;
      const [again] = await scoresOf(plan.value, settings, [changed]);
      expect([change.field, again!.decision!.string]).toEqual([change.field, change.decision]);
      expect(change.decision).not.toBe('REJECT');
    }
    const distances = changes.map(({ distance }) => distance!);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });
});

describe('a bundle that cannot explain', () => {
  const refused = async (
    background: readonly unknown[] | undefined,
    more = '',
    explain = EXPLAIN,
  ): Promise<readonly string[]> => {
    const other = await bundleWith(background, more);
    try {
      const wrong = await settingsFor(other, `${DECISION}${explain}`);
      const { problems } = await scorerErrorOf(async () => {
        await (await opened(wrong)).stop();
      });
      return problems.map(({ code, what }) => `${code}: ${what}`);
    } finally {
      await rm(other, { recursive: true });
    }
  };

  it('is refused without a background, with the remedy', async () => {
    expect(await refused(undefined)).toEqual([
      expect.stringMatching(/^EXPLAIN_BACKGROUND: the bundle names no background, .* covers/),
    ]);
    const threshold = 'explain: { decisions: [REJECT], relativeTo: threshold }\n';
    expect((await refused(undefined, '', threshold))[0]).toContain('threshold needs one');
  });

  it('is refused with a background that could not be scored, or is none', async () => {
    expect(await refused([])).toEqual(['EXPLAIN_BACKGROUND: the background has no events']);
    const { amount: _none, ...lacking } = events[0]!;
    const [problem] = await refused([events[0], lacking]);
    expect(problem).toMatch(/^EXPLAIN_BACKGROUND: the event cannot be scored: INPUT_INVALID/);
    expect(await refused(undefined, 'background: gone.jsonl\n')).toEqual([
      'EXPLAIN_BACKGROUND: the file of the background cannot be read',
    ]);
  });

  it('is refused for a method that is impossible', async () => {
    const linear = 'explain: { decisions: [REJECT], method: linear }\n';
    expect(await refused(events.slice(0, 3), '', linear)).toEqual([
      'EXPLAIN_IMPOSSIBLE: the scores of the model cannot be explained: not linear: the model has no linear function',
    ]);
  });

  it('is refused with labels of fields that the model does not read, and groups of two codes', async () => {
    const labels = `labels:
  amout: { code: R01 }
  amount: { group: a, code: R01 }
  features.customerCount1d: { group: a, code: R02 }
  "rule:night": { code: R03 }
`;
    expect(await refused(events.slice(0, 3), labels)).toEqual([
      'MODEL_INVALID: amout is not a field that the model reads',
      'MODEL_INVALID: the fields of the group a have different codes: R01, R02',
    ]);
  });
});

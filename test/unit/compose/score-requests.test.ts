import { rm } from 'node:fs/promises';
import { createScoreRequests } from '../../../src/compose/score-requests.ts';
import type { ScoringPlan } from '../../../src/compose/scoring-plan.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { HttpResponse } from '../../../src/flow/http.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import {
  bundleWith,
  goldenEvents,
  opened,
  scoresOf,
  settingsFor,
  type Transaction,
} from './given-reasons.ts';

let events: Transaction[];
let folder: string;
let settings: Settings;
let plan: Started<ScoringPlan>;
let held = 0;

beforeAll(async () => {
  events = await goldenEvents();
  folder = await bundleWith(events.slice(0, 40));
  settings = await settingsFor(
    folder,
    `decision: { bands: [{ upTo: 0.016, decision: APPROVE }, { decision: REJECT }] }
explain: { decisions: [REJECT] }
batch: { maxSize: 50 }
`,
  );
  plan = await opened(settings);
}, 60_000);
afterAll(async () => {
  await plan.stop();
  await rm(folder, { recursive: true });
});

const live = () => ({
  plan: plan.value,
  hold: () => {
    held++;
    return () => void held--;
  },
});

interface Answer {
  readonly status: number;
  readonly json: unknown;
}

async function post(body: unknown, query: Record<string, unknown> = {}, now = live) {
  const request = { params: {}, headers: {}, query, body: Buffer.from(JSON.stringify(body)) };
  return read(await createScoreRequests(settings, now)(request));
}

const read = ({ status, body }: HttpResponse): Answer => ({
  status,
  json: JSON.parse(String(body)) as unknown,
});

it('answers an event with its score record, and an array with one of each, in order', async () => {
  const expected = await scoresOf(plan.value, settings, events.slice(0, 20));
  const { status, json } = await post(events.slice(0, 20));
  expect(status).toBe(200);
  const records = json as { score: number; decision: string; reasons: unknown[] }[];
  expect(records.map(({ score }) => score)).toEqual(expected.map(({ score }) => score));
  expect(records.map(({ reasons }) => reasons.length)).toEqual(
    expected.map(({ reasons }) => reasons.length),
  );
  const one = await post(events[3]);
  expect(one).toMatchObject({
    status: 200,
    json: { score: expected[3]!.score, source: { topic: 'http', offset: 0 } },
  });
  expect(held).toBe(0);
});

it('says of each event that has no score why, without its values', async () => {
  const { amount: _none, ...lacking } = events[0]!;
  const strange = { ...events[0]!, amount: 'secret' };
  const several = await post([strange, events[1], lacking]);
  expect(several.status).toBe(200);
  expect(several.json).toMatchObject([
    { error: { code: 'INPUT_INVALID', stage: 'decode' } },
    { decision: 'APPROVE' },
    { error: { code: 'INPUT_INVALID' } },
  ]);
  expect(JSON.stringify(several.json)).not.toContain('secret');
  expect((await post(strange)).status).toBe(422);
});

it('adds the changes that would change the decision, where they are asked for', async () => {
  const scores = await scoresOf(plan.value, settings, events);
  const rejected = scores.findIndex(({ decision }) => decision!.string === 'REJECT');
  const { json } = await post(events[rejected], { counterfactual: '' });
  const { decision, counterfactuals } = json as {
    decision: string;
    counterfactuals: { decision: string }[];
  };
  expect(decision).toBe('REJECT');
  expect(counterfactuals.length).toBeGreaterThan(0);
  for (const { decision: other } of counterfactuals) expect(other).toBe('APPROVE');
});

it('refuses what is no event, and too much at once', async () => {
  expect((await post(new Array<unknown>(51).fill(events[0]))).status).toBe(400);
  expect((await post(new Array<unknown>(11).fill(events[0]), { counterfactual: '' })).status).toBe(
    400,
  );
  const answer = createScoreRequests(settings, live);
  for (const body of [undefined, Buffer.alloc(0), Buffer.from('{'), Buffer.of(0xff)]) {
    const { status } = await answer({ params: {}, headers: {}, query: {}, body });
    expect(status).toBe(400);
  }
  const closed = createScoreRequests(settings, () => undefined);
  expect((await closed({ params: {}, headers: {}, query: {}, body: undefined })).status).toBe(503);
});

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectedTable } from '../../../src/audit/evidence-tables.ts';
import { RecordedExpected, type ExpectedScore } from '../../../src/compose/evidence-expected.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { DAY_MS } from '../../../src/monitor/score-table.ts';
import { textTable } from '../../../src/page/table.ts';
import { Random } from '../../support/memory/random.ts';
import { bundleWith, settingsFor } from './given-reasons.ts';

const { signal } = new AbortController();
const POLICY = `decision:
  policy: p1
  bands: [{ upTo: 0.5, decision: APPROVE }, { upTo: 0.8, decision: REVIEW }, { decision: REJECT }]
`;
const DAY = 20_000;
const FROM = DAY * DAY_MS;
/** Rates that no order of adding makes the same by chance. */
const KNOTS = [
  [0, 0.013],
  [0.4, 0.21],
  [1, 0.97],
] as const;

let folder: string;
let settings: Settings;
let sha256: string;
beforeAll(async () => {
  folder = await bundleWith(undefined, 'profile: profile.json\n');
  settings = await settingsFor(folder, POLICY);
  const file = join(folder, '1', 'profile.json');
  const profile = JSON.parse(await readFile(file, 'utf8')) as { model: { sha256: string } };
  ({ sha256 } = profile.model);
  const calibrator = { knots: KNOTS, rows: 100, positives: 3 };
  await writeFile(file, JSON.stringify({ ...profile, calibrator }));
});
afterAll(() => rm(folder, { recursive: true }));

const rateOf = (score: number): number => {
  const [[low, a], [middle, b], [high, c]] = KNOTS;
  return score < middle
    ? a + ((b - a) * (score - low)) / (middle - low)
    : b + ((c - b) * (score - middle)) / (high - middle);
};

const decisionOf = (score: number): string =>
  score < 0.5 ? 'APPROVE' : score < 0.8 ? 'REVIEW' : 'REJECT';

/** Events of three days in four partitions. */
function scores(count: number): ExpectedScore[] {
  const random = new Random(7);
  return Array.from({ length: count }, (_, i): ExpectedScore => {
    const score = random.next();
    return {
      place: { topic: 'out', partition: i % 4, offset: i },
      ...{ version: '1', sha256, decision: decisionOf(score), score },
      ...{ scoredAt: FROM + 3 * DAY_MS, eventTime: FROM + (i % 3) * DAY_MS + 5 },
    };
  });
}

async function counted(all: readonly ExpectedScore[], policies: readonly Settings[] = []) {
  const expected = new RecordedExpected({ settings, policies, from: FROM, signal });
  for (const one of all) {
    if (!expected.knows(one)) await expected.learn(one);
    expected.add(one);
  }
  return expected.figures;
}

const available = (figures: Awaited<ReturnType<typeof counted>>) => {
  const [{ expected }] = figures as [(typeof figures)[number]];
  if (!('available' in expected)) throw new Error(expected.notAvailable);
  return expected.available;
};

it('expects what calibrated scores say, by version and day', async () => {
  const all = scores(600);
  const [figures] = await counted(all);
  expect(figures).toMatchObject({ version: '1', sha256, decided: 600, outOfRange: 0 });
  const found = available([figures!]);
  const alarms = all.filter(({ decision }) => decision !== 'APPROVE');
  const sum = (of: readonly ExpectedScore[]): number =>
    of.reduce((total, { score }) => total + rateOf(score!), 0);
  expect(found.all).toMatchObject({ from: '2024-10-04', to: '2024-10-06', events: 600 });
  expect(found.all.alarms).toBe(alarms.length);
  expect(found.all.expectedPositives).toBeCloseTo(sum(all), 9);
  expect(found.all.expectedPrecision).toBeCloseTo(sum(alarms) / alarms.length, 12);
  expect(found.all.expectedRecall).toBeCloseTo(sum(alarms) / sum(all), 12);
  expect(found.days.map(({ from, to, events }) => [from, to, events])).toEqual([
    ['2024-10-04', '2024-10-04', 200],
    ['2024-10-05', '2024-10-05', 200],
    ['2024-10-06', '2024-10-06', 200],
  ]);
});

it('keeps versions apart that decide in turn', async () => {
  const [one, two, three] = scores(3) as [ExpectedScore, ExpectedScore, ExpectedScore];
  const other = 'f'.repeat(64);
  const figures = await counted([one, { ...two, sha256: other }, three]);
  expect(figures.map((of) => [of.sha256, of.decided])).toEqual([
    [sha256, 2],
    [other, 1],
  ]);
});

it('says the same, to the last digit, however partitions are read', async () => {
  const all = scores(600);
  const byPartition = [3, 1, 0, 2].flatMap((partition) =>
    all.filter(({ place }) => place.partition === partition),
  );
  expect(await counted(byPartition)).toEqual(await counted(all));
});

it('counts an alarm as the first band of no policy at hand', async () => {
  const other = { decision: { ...settings.decision, bands: [{ decision: 'REVIEW' }] } };
  const all = scores(600);
  const { alarms } = available(await counted(all, [{ ...settings, ...other }])).all;
  expect(alarms).toBe(all.filter(({ decision }) => decision === 'REJECT').length);
});

it('takes the time of scoring for events without a time or from the future', async () => {
  const [one] = scores(1) as [ExpectedScore];
  const days = available(
    await counted([
      { ...one, eventTime: null },
      { ...one, eventTime: one.scoredAt + 9 * DAY_MS },
    ]),
  ).days;
  expect(days).toMatchObject([{ from: '2024-10-07', events: 2 }]);
});

it('leaves out what says nothing, and counts events that are too old', async () => {
  const [one] = scores(1) as [ExpectedScore];
  const [figures] = await counted([
    one,
    { ...one, score: NaN },
    { ...one, decision: null },
    { ...one, eventTime: FROM - 7 * DAY_MS },
    { ...one, eventTime: FROM - 7 * DAY_MS - 1 },
  ]);
  expect(figures).toMatchObject({ decided: 3, outOfRange: 1 });
  expect(available([figures!]).all).toMatchObject({ from: '2024-09-27', events: 2 });
  expect(textTable(expectedTable([figures!]))).toContain('1 events of 1 (');
});

it('says why a version has no figures', async () => {
  const [one] = scores(1) as [ExpectedScore];
  const why = async (changed: Partial<ExpectedScore>): Promise<unknown> => {
    const [figures] = await counted([{ ...one, ...changed }]);
    return figures!.expected;
  };
  expect(await why({ version: '9' })).toEqual({
    notAvailable: expect.stringContaining('9') as unknown,
  });
  expect(await why({ sha256: 'f'.repeat(64) })).toEqual({
    notAvailable: expect.stringContaining('is another model by now') as unknown,
  });
  expect(await why({ score: NaN })).toEqual({
    notAvailable: 'no event with a score and a decision is in the range, or in the week before it',
  });
  const file = join(folder, '1', 'profile.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, JSON.stringify({ ...JSON.parse(text), calibrator: undefined }));
  expect(await why({})).toEqual({
    notAvailable: 'its bundle has no calibrator: make its profile with labels (profile --labels)',
  });
  await writeFile(file, text);
});

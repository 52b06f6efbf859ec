import { rm } from 'node:fs/promises';
import { Timeline } from '../../../src/audit/timeline.ts';
import { figuresOf } from '../../../src/compose/evidence-figures.ts';
import { openPlan } from '../../../src/compose/open-plan.ts';
import type { SchemaRegistry } from '../../../src/decode/registry.ts';
import type { InputRecord } from '../../../src/flow/record.ts';
import { FakeRangeReader } from '../../support/fake-range-reader.ts';
import { bundleWith, goldenEvents, READER, recordOf, settingsFor } from './given-reasons.ts';

const SECTIONS = `decision:
  policy: p1
  bands: [{ upTo: 0.5, decision: APPROVE }, { decision: REJECT }]
drift: { effect: 0.1 }
fairness: { by: [customer.ageBand], favourable: [APPROVE] }
`;
const { signal } = new AbortController();
const COPIES = 20;

let plan: ReturnType<typeof openPlan> | undefined;
let folder: string;
beforeAll(async () => {
  folder = await bundleWith(undefined, 'profile: profile.json\n');
});
afterAll(async () => {
  await (await plan)?.stop();
  await rm(folder, { recursive: true });
});

/** The figures of golden events in two partitions. `policy`: the one that the scores name. */
async function figures(policy: string | null = 'p1', sections = SECTIONS) {
  const settings = await settingsFor(folder, sections);
  const own = { ...settings, model: { ...settings.model, champion: '1' } };
  const node = await READER.byId();
  const open: typeof openPlan = async (given, _readers, ...how) => {
    const readers = () => Promise.resolve({ readers: new Map([['in', node]]), problems: [] });
    plan ??= openPlan(given, readers, ...how);
    return { value: (await plan).value, stop: () => Promise.resolve() };
  };
  const events = await goldenEvents();
  const logs = [0, 1].map((part) =>
    events.flatMap((event, i) =>
      i % 2 === part
        ? Array.from({ length: COPIES }, (_, copy) => {
            const record: InputRecord = { ...recordOf(event, i * COPIES + copy), timestamp: 10 };
            return { record, aborted: false };
          })
        : [],
    ),
  );
  const { sha256 } = (await open(own, undefined as never, signal, () => undefined)).value
    .versions[0].model.identity;
  const timeline = new Timeline();
  timeline.add({
    place: { topic: 'out', partition: 0, offset: 0 },
    scoredAt: 10,
    model: 'fraud',
    version: '1',
    sha256,
    policy,
    decision: 'APPROVE',
    decidedBy: 'bands',
  });
  const found = await figuresOf(
    {
      settings: own,
      policies: [],
      config: 'scorer.yaml',
      readers: () => undefined as never,
      tolerance: 0,
      note: () => undefined,
      open,
      reader: new FakeRangeReader(new Map([['in', logs]])),
      registry: READER as unknown as SchemaRegistry,
      signal,
    },
    { from: { time: 0 }, to: { time: 100 } },
    { timeline, sources: new Map([['in', [0, 1]]]) },
  );
  return found as unknown as Record<'drift' | 'fairness', Figures>;
}

interface Figures {
  readonly notAvailable?: string;
  readonly available?: {
    readonly events: number;
    readonly by: { readonly events: number };
    readonly series: readonly { readonly series: string; readonly psi: number | null }[];
    readonly groups: readonly { readonly by: string }[];
  };
}

it('counts the events of a range with the monitors of the stream, always the same', async () => {
  const first = await figures();
  const count = COPIES * (await goldenEvents()).length;
  const { drift, fairness } = first;
  expect(drift.available).toMatchObject({ events: count, by: { version: '1', events: count } });
  expect(drift.available!.series.map(({ series }) => series)).toContain('amount');
  expect(drift.available!.series.some(({ psi }) => psi !== null && psi > 0)).toBe(true);
  expect(fairness.available!.groups[0]!.by).toBe('customer.ageBand');
  expect(await figures()).toEqual(first);
});

it('says why there are none', async () => {
  const other = await figures('p0');
  expect(other.drift.available).toBeDefined();
  expect(other.fairness.notAvailable).toContain('the score names the policy p0');
  const [without] = SECTIONS.split('drift:');
  const none = await figures('p1', without);
  expect(none.drift.notAvailable).toBe('the configuration has no section drift');
  expect(none.fairness.notAvailable).toBe('the configuration has no section fairness');
});

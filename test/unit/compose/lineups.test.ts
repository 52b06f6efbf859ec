import type { CanaryReport } from '../../../src/compose/canary-observation.ts';
import type { Shadowed } from '../../../src/compose/challenger-run.ts';
import { GatedVersion, sharedOf } from '../../../src/compose/gated-version.ts';
import { withoutBytes } from '../../../src/compose/kept-events.ts';
import { Lineups } from '../../../src/compose/lineups.ts';
import { createReports } from '../../../src/compose/reports.ts';
import type { LineupVersions } from '../../../src/compose/running-lineup.ts';
import { makeScoringPlan, type LoadedModel } from '../../../src/compose/scoring-plan.ts';
import { readersFrom } from '../../../src/compose/topic-readers.ts';
import type { Settings } from '../../../src/config/settings.ts';
import type { Outcome } from '../../../src/flow/outcome.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { rowsOfShare } from '../../../src/rollout/key-share.ts';
import { framed, TOPIC } from '../../support/avro-given.ts';
import { plainType } from '../../support/avro-oracle.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { everythingReady } from '../../support/settled.ts';
import { input, takes } from '../map/given.ts';
import { load, LEAST } from '../config/given.ts';

const EVENT = {
  type: 'record',
  name: 'Event',
  fields: ['amount', 'risk'].map((name) => ({ name, type: 'double' })),
};
const event = plainType(EVENT);
const BANDS = (policy: string, decision: string): string =>
  `decision: { policy: "${policy}", bands: [{ decision: ${decision} }] }\n`;

async function world() {
  const settingsOf = (decision: string): Promise<Settings> =>
    load(`${LEAST.replace('[in]', `[${TOPIC}]`)}${decision}`);
  const settings = await settingsOf(BANDS('1', 'A'));
  const registry = new FakeRegistry();
  await registry.register(`${TOPIC}-value`, EVENT);
  const { readers, ids = [] } = await readersFrom(registry)(settings);
  const closed: string[] = [];
  const versionOf = (version: string, field: string, classes: readonly string[] | null = null) => {
    const identity = { name: 'm', version, sha256: version };
    const bundle = {
      description: { inputs: [input('x', field)] },
      folder: '',
      yamlFile: 'model.yaml',
    } as unknown as LoadedModel['bundle'];
    const model = {
      identity,
      warnings: [],
      classes,
      inputs: [takes('x', 1)],
      score: async ([tensor]: [{ values: Float32Array }], rows: number) => {
        if (closed.includes(version)) throw new Error(`version ${version} is closed`);
        return Promise.resolve({
          models: [identity],
          modelOf: null,
          score: Float64Array.from(tensor.values.subarray(0, rows)),
          classes,
          perClass: classes && new Float64Array(rows * classes.length),
        });
      },
      release: async () => {
        closed.push(version);
      },
    } as unknown as LoadedModel['model'];
    const plan = makeScoringPlan(settings, [{ bundle, model }], readers, [])!;
    const shared = sharedOf({ bundle, model });
    const gated = new GatedVersion({ plan, ids, schemaId: 9 }, shared);
    shared.release();
    return gated;
  };
  const left: string[] = [];
  const shadowed: Shadowed[] = [];
  const role = { percent: 50 };
  const report: CanaryReport = {
    delivered: () => undefined,
    inferred: () => undefined,
    measure: () => undefined,
    broken: (error) => {
      throw error;
    },
  };
  const first = versionOf('1', 'amount');
  const lineups = new Lineups(
    {
      settings,
      registry,
      reports: createReports(settings, SILENT),
      onInferred: () => undefined,
      canary: {
        get percent() {
          return role.percent;
        },
        reportFor: () => report,
      },
      challenger: {
        runFor: () =>
          ({
            observe: (shadow: Shadowed) => {
              shadowed.push(shadow);
              return undefined;
            },
          }) as never,
      },
      lists: { snapshot: () => () => undefined as never },
      monitors: { observers: [] },
      onLeftOut: ({ version }, problems) => {
        left.push(`${version}: ${problems?.[0]?.code ?? 'fits'}`);
      },
    },
    { champion: first },
  );
  const records = Array.from({ length: 20 }, (_, offset) => ({
    offset,
    timestamp: 0,
    key: Buffer.from(`key-${offset}`),
    value: framed(1, event.toBuffer({ amount: 0.25, risk: 0.75 })),
  }));
  const batch = { topic: TOPIC, partition: 0, records, closedBy: 'end' } as const;
  const inShare = (percent: number): number => rowsOfShare(batch, percent).length;
  const change = (versions: Partial<LineupVersions>): void => {
    lineups.change({ champion: first, ...versions });
  };
  return {
    lineups,
    first,
    versionOf,
    change,
    closed,
    left,
    role,
    batch,
    inShare,
    settingsOf,
    shadowed,
  };
}

const rowsOf = ({ scores, rows }: Outcome, version: string): number => {
  const { models, modelOf } = scores!;
  return [...rows].filter((row) => models[modelOf?.[row] ?? 0]!.version === version).length;
};

describe('lineups', () => {
  it('hold their models until the last batch that was taken with them is done', async () => {
    const { lineups, versionOf, change, closed, batch, inShare } = await world();
    const canary = versionOf('2', 'risk');
    change({ canary });
    const taken = lineups.current.take(batch);
    change({});
    canary.retire();
    await everythingReady();
    expect(closed).toEqual([]);
    expect(rowsOf(await taken.score(), '2')).toBe(inShare(50));
    expect(rowsOf(await taken.score(), '2')).toBe(inShare(50)); // after an outage
    taken.release();
    await everythingReady();
    expect(closed).toEqual(['2']);
    const later = lineups.current.take(batch);
    expect(rowsOf(await later.score(), '1')).toBe(20);
  });

  it('give a batch the share of the moment when it is taken', async () => {
    const { lineups, versionOf, change, role, batch, inShare } = await world();
    change({ canary: versionOf('2', 'risk') });
    const taken = lineups.current.take(batch);
    role.percent = 10;
    expect(rowsOf(await taken.score(), '2')).toBe(inShare(50));
    expect(rowsOf(await lineups.current.take(batch).score(), '2')).toBe(inShare(10));
    role.percent = 0;
    expect(rowsOf(await lineups.current.take(batch).score(), '2')).toBe(0);
    expect(rowsOf(await taken.score(), '2')).toBe(inShare(50));
  });

  it('leave out a canary with other classes than a new champion', async () => {
    const { lineups, versionOf, left, batch, inShare } = await world();
    const [champion, other] = [versionOf('3', 'amount', ['a', 'b']), versionOf('4', 'amount')];
    const canary = versionOf('2', 'risk');
    lineups.change({ champion, canary });
    expect(left).toEqual(['2: MODEL_OUTPUT']);
    expect(rowsOf(await lineups.current.take(batch).score(), '3')).toBe(20);
    lineups.change({ champion: other, canary });
    expect(left.at(-1)).toBe('2: fits');
    expect(rowsOf(await lineups.current.take(batch).score(), '2')).toBe(inShare(50));
  });

  it('have the policy of the moment when a batch is taken, also beside a new champion', async () => {
    const { lineups, versionOf, change, batch, settingsOf } = await world();
    const before = lineups.current.take(batch);
    expect(lineups.decideBy(await settingsOf(BANDS('2', 'B')))).toEqual([]);
    const after = lineups.current.take(batch);
    const saying = async (taken: typeof before) => {
      const { decisions } = await taken.score();
      return [decisions!.policy, decisions!.names[decisions!.index![0]!]];
    };
    expect(await saying(before)).toEqual(['1', 'A']);
    expect(await saying(after)).toEqual(['2', 'B']);
    // it was opened with the policy before
    change({ champion: versionOf('3', 'risk') });
    expect(await saying(lineups.current.take(batch))).toEqual(['2', 'B']);
    change({ champion: versionOf('3', 'risk'), canary: versionOf('2', 'amount') });
    expect(await saying(lineups.current.take(batch))).toEqual(['2', 'B']);
  });

  it('keep their policy if another one does not fit the events', async () => {
    const { lineups, batch, settingsOf } = await world();
    const wrong = await settingsOf(
      'decision: { policy: "2", bands: [{ decision: B }], rules: [{ name: r, stage: after, when: "event.none > 1.0", decision: B }] }\n',
    );
    expect(lineups.decideBy(wrong)).not.toEqual([]);
    const { decisions } = await lineups.current.take(batch).score();
    expect(decisions!.policy).toBe('1');
  });

  it.each([
    ['bands', '', 'A', []],
    [
      'a rule',
      ', rules: [{ name: r, stage: after, when: "event.risk > 0.5", decision: R }]',
      'R',
      [0, 20],
    ],
  ])(
    'hand a challenger the columns that their policy reads: %s',
    async (_, rules, decision, sizes) => {
      const { lineups, versionOf, change, batch, settingsOf, shadowed } = await world();
      const policy = `decision: { policy: "2", bands: [{ decision: A }]${rules} }\n`;
      expect(lineups.decideBy(await settingsOf(policy))).toEqual([]);
      change({ challenger: versionOf('2', 'amount') });
      await lineups.current.take(batch).score();
      const [{ events, decide, decideReads, champion, rows }] = shadowed as [Shadowed];
      expect([...rows]).toEqual(batch.records.map((_record, row) => row));
      const kept = withoutBytes(events, false, decideReads);
      expect(kept.columns.map(({ state }) => state.length)).toEqual(sizes);
      const { names, index } = decide(kept, champion.scores);
      expect(Array.from(index!, (at) => names[at])).toEqual(batch.records.map(() => decision));
    },
  );
});

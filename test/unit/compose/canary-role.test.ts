import { CanaryRole } from '../../../src/compose/canary-role.ts';
import type { CanarySeen } from '../../../src/compose/canary-observation.ts';
import type { GatedVersion } from '../../../src/compose/gated-version.ts';
import { otherClasses } from '../../../src/compose/other-classes.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { everythingReady } from '../../support/settled.ts';

type Canary = Settings['model']['canary'];

const version = (name: string, classes: readonly string[] | null = null): GatedVersion =>
  ({
    identity: { name: 'm', version: name, sha256: name },
    shared: { value: { model: { classes }, bundle: { yamlFile: 'model.yaml' } } },
  }) as unknown as GatedVersion;
const [CHAMPION, CANARY] = [version('1'), version('2')];
const WANTED = { version: '2', percent: 5, stopWhen: { flipRate: 0.02, minEvents: 100 } };

function world() {
  const state: { wanted: Canary } = { wanted: WANTED };
  const metrics = new Metrics(false);
  const role = new CanaryRole({
    reports: { metrics, logger: SILENT },
    wanted: () => state.wanted,
    now: () => new Date(0),
  });
  const value = async (name: string): Promise<number | undefined> => {
    const lines = (await metrics.registry.metrics()).split('\n');
    const line = lines.find((one) => one.startsWith(`stream_scorer_${name} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  };
  return { role, state, value };
}

const seen = (rows: number, flips: number): CanarySeen => ({
  rows,
  compared: rows,
  flips: new Map([['APPROVE', new Map([['REJECT', flips]])]]),
  fallbacks: new Map([['FIELD_NULL', 3]]),
});

describe('the role of a canary', () => {
  it('follows the configuration', () => {
    const { role, state } = world();
    expect([role.wanted, role.percent]).toEqual(['2', 5]);
    state.wanted = { version: '3', percent: 10 };
    expect([role.wanted, role.percent]).toEqual(['3', 10]);
    state.wanted = undefined;
    expect([role.wanted, role.percent]).toEqual([undefined, 0]);
  });

  it('counts what it shows, and stops at a limit, with the reason', async () => {
    const { role, value } = world();
    const report = role.reportFor(CHAMPION, CANARY);
    report.delivered(seen(1000, 10));
    expect(role.percent).toBe(5);
    report.delivered(seen(1000, 90));
    expect([role.wanted, role.percent]).toEqual([undefined, 0]);
    expect(role.stopped).toMatchObject({
      version: '2',
      reason:
        'it decides otherwise than the champion for 100 of 2000 events; stopWhen.flipRate is 0.02',
      at: '1970-01-01T00:00:00.000Z',
    });
    expect(role.run!.report).toMatchObject({
      flips: { 'APPROVE → REJECT': 100 },
      fallbacks: { FIELD_NULL: 6 },
      compared: 2000,
    });
    expect(await value('canary_flips_total{from="APPROVE",to="REJECT"}')).toBe(100);
    expect(await value('canary_fallbacks_total{code="FIELD_NULL"}')).toBe(6);
    expect(await value('model_swaps_total{outcome="canary_stopped"}')).toBe(1);
  });

  it('stays stopped until its section changes', () => {
    const { role, state } = world();
    role.reportFor(CHAMPION, CANARY).delivered(seen(1000, 900));
    state.wanted = { ...WANTED };
    expect(role.wanted).toBeUndefined();
    state.wanted = { ...WANTED, percent: 1 };
    expect([role.wanted, role.percent, role.stopped]).toEqual(['2', 1, undefined]);
  });

  it('is stopped if it cannot score at all, also without limits, and once', async () => {
    const { role, state, value } = world();
    state.wanted = { version: '2', percent: 5 };
    const report = role.reportFor(CHAMPION, CANARY);
    report.broken(new Error('six workers ended'));
    report.broken(new Error('again'));
    expect(role.stopped!.reason).toBe('it cannot score: six workers ended');
    expect(await value('model_swaps_total{outcome="canary_stopped"}')).toBe(1);
  });

  it('is judged anew beside another champion, and not by batches of the one before', () => {
    const { role } = world();
    const before = role.reportFor(CHAMPION, CANARY);
    expect(role.reportFor(CHAMPION, CANARY)).toBe(before);
    const after = role.reportFor(version('4'), CANARY);
    expect(after).not.toBe(before);
    before.delivered(seen(1000, 900));
    expect(role.stopped).toBeUndefined();
    after.delivered(seen(1000, 900));
    expect(role.stopped).toBeDefined();
  });

  it('is judged from now on by other limits', () => {
    const { role, state } = world();
    const report = role.reportFor(CHAMPION, CANARY);
    report.delivered(seen(1000, 10));
    state.wanted = { ...WANTED, stopWhen: { flipRate: 0.001, minEvents: 100 } };
    report.delivered(seen(0, 0));
    expect(role.stopped).toBeUndefined();
    report.delivered(seen(1000, 10));
    expect(role.stopped).toBeDefined();
  });

  it('measures its time in some batches, only if a limit needs it', async () => {
    const { role, state } = world();
    let times = 0;
    const compare = (): Promise<number> => {
      times++;
      return Promise.resolve(5);
    };
    const report = role.reportFor(CHAMPION, CANARY);
    for (let i = 0; i < 20; i++) report.measure(compare);
    expect(times).toBe(0);
    state.wanted = { ...WANTED, stopWhen: { latencyRatio: 2, minEvents: 0 } };
    for (let i = 0; i < 100; i++) {
      report.measure(compare);
      await everythingReady();
    }
    expect(times).toBe(10);
    expect(role.stopped!.reason).toContain('5.0 times as long');
  });
});

describe('the classes of a canary', () => {
  it('are those of the champion, in the same order', () => {
    const of = (classes: readonly string[] | null) => version('1', classes).shared.value;
    expect(otherClasses(of(['a', 'b']), of(['a', 'b']))).toBeUndefined();
    expect(otherClasses(of(null), of(null))).toBeUndefined();
    for (const classes of [null, ['b', 'a'], ['a']])
      expect(otherClasses(of(['a', 'b']), of(classes))).toMatchObject({
        code: 'MODEL_OUTPUT',
        where: 'model.yaml',
      });
  });
});

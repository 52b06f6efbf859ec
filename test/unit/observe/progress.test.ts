import { Lag } from '../../../src/observe/lag.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { Progress, type Backlog } from '../../../src/observe/progress.ts';
import { Status } from '../../../src/compose/status.ts';

const P0 = { topic: 'in', partition: 0 };
const P1 = { topic: 'in', partition: 1 };
const record = (offset: number) => ({ offset, timestamp: 0, key: null, value: null });

let now: number;
let lag: Lag;
let status: Status;
let progress: Progress;
beforeEach(() => {
  now = 1000;
  const clock = (): number => now;
  lag = new Lag(new Metrics(false), clock, clock);
  progress = new Progress({
    staleMs: 15_000,
    deadMs: 180_000,
    backlog: () => lag.backlog(),
    now: clock,
  });
  status = new Status(Infinity, clock);
  status.watch(progress);
  lag.assigned([P0, P1]);
  status.assigned();
});

/** Brokers go on answering. */
function pass(ms: number): void {
  now += ms;
  progress.looped(true);
}

describe('a service that does not get on', () => {
  it('is not ready where fetched records wait and nothing is delivered, and is again where something is', () => {
    lag.fetched(P0, [record(0), record(1)], 2n);
    pass(15_000);
    expect(status.ready()).toBeUndefined();
    pass(1000);
    expect(status.ready()).toBe('records wait, but none was delivered for 16 s');
    lag.done(P0, 1n);
    expect(status.ready()).toBeUndefined();
    pass(16_000);
    expect(status.ready()).toBe('records wait, but none was delivered for 16 s');
    lag.done(P0, 2n);
    expect(status.ready()).toBeUndefined();
  });

  it('waits from when the records came, not from the delivery before', () => {
    pass(60_000);
    lag.fetched(P0, [record(0)], 1n);
    pass(14_000);
    expect(status.ready()).toBeUndefined();
  });

  it('is not ready where one partition stands for three times as long while others deliver', () => {
    lag.fetched(P0, [record(0)], 1n);
    for (let offset = 0n; offset < 45n; offset++) {
      lag.fetched(P1, [record(Number(offset))], offset + 1n);
      expect(status.ready()).toBeUndefined();
      pass(1000);
      lag.done(P1, offset + 1n);
    }
    lag.fetched(P1, [record(45)], 46n);
    pass(1000);
    expect(status.ready()).toBe('records of in-0 wait, but none was delivered for 46 s');
  });

  it('is not ready where no broker answers, whatever else the loop does', () => {
    for (let i = 0; i < 16; i++) {
      expect(status.ready()).toBeUndefined();
      now += 1000;
      progress.looped(false);
    }
    expect(status.ready()).toBe('no broker has answered a fetch for 16 s');
    expect(status.live()).toBeUndefined();
  });

  it('is ready behind a transaction that others leave open', () => {
    lag.ended(P0, 0n, 50n);
    pass(60_000);
    expect(status.ready()).toBeUndefined();
  });

  it('is dead where the loop does nothing at all, not even try', () => {
    now += 180_000;
    expect(status.live()).toBeUndefined();
    now += 1000;
    expect(status.live()).toBe('the consumer has done nothing for 181 s');
    status.stopping();
    expect(status.live()).toBeUndefined();
  });

  it('is dead where records wait and nothing is tried, and alive in an outage, where something is', () => {
    lag.fetched(P0, [record(0)], 1n);
    for (let i = 0; i < 400; i++) {
      pass(1000);
      status.waitingFor('DESTINATION_UNAVAILABLE');
    }
    expect(status.live()).toBeUndefined();
    pass(181_000);
    expect(status.live()).toBe('records wait, but no delivery was tried for 181 s');
    status.delivered();
    expect(status.live()).toBeUndefined();
  });

  it('says nothing before the group has assigned anything', () => {
    const backlog = (): Backlog => ({ quietMs: 1e9, place: 'in-0', placeMs: 1e9 });
    const early = new Progress({ staleMs: 1, deadMs: 1, backlog, now: () => 1e9 });
    expect([early.stale(), early.dead()]).toEqual([undefined, undefined]);
  });
});

import { Socket } from 'node:net';
import { Silence, type SilentQueue } from '../../../src/kafkajs/kafka-silence.ts';

let now: number;
let silence: Silence;
beforeEach(() => {
  now = 1_000_000;
  silence = new Silence(() => now);
});

const queue = (): SilentQueue => ({ requestTimeout: 30_000, inflight: new Map() });

function ask(on: SilentQueue, apiName: string, askedMs?: number): void {
  on.inflight.set(on.inflight.size, {
    sentAt: now,
    requestTimeout: 30_000,
    askedMs,
    entry: { apiName },
  });
}

describe('a connection that is silent', () => {
  it('owes nothing while nothing was asked', () => {
    const idle = queue();
    silence.opened(new Socket(), idle);
    now += 3_600_000;
    expect(silence.of(idle)).toBeUndefined();
  });

  it.each([
    ['Fetch', 5000],
    ['Heartbeat', 5000],
    ['EndTxn', 5000],
    ['Produce', 15_000],
    ['SyncGroup', 15_000],
  ])('owes an answer to %s for %d ms', (apiName, ms) => {
    const asked = queue();
    ask(asked, apiName);
    now += ms;
    expect(silence.of(asked)).toBeUndefined();
    now += 1;
    expect(silence.of(asked)).toBe(apiName);
  });

  it('waits for a join as long as the join itself says', () => {
    const asked = queue();
    ask(asked, 'JoinGroup', 20_000);
    now += 20_000;
    expect(silence.of(asked)).toBeUndefined();
    now += 1;
    expect(silence.of(asked)).toBe('JoinGroup');
  });

  it('is waited for as long as the slowest of its requests, which those behind it wait for too', () => {
    const asked = queue();
    ask(asked, 'JoinGroup', 20_000);
    ask(asked, 'Metadata');
    now += 20_000;
    expect(silence.of(asked)).toBeUndefined();
  });

  it('is not silent while bytes come', () => {
    const asked = queue();
    ask(asked, 'Fetch');
    now += 4000;
    asked.heardAt = now;
    now += 5000;
    expect(silence.of(asked)).toBeUndefined();
  });

  it('takes idle ones with it, and has writes suspected', () => {
    const [dead, idle, writing] = [new Socket(), new Socket(), new Socket()];
    const [reads, writes] = [queue(), queue()];
    silence.opened(dead, reads);
    silence.opened(idle, queue());
    silence.opened(writing, writes);
    for (const socket of [idle, writing]) socket.on('error', () => undefined);
    ask(writes, 'Produce');
    now += 5001;
    expect(silence.of(writes)).toBeUndefined();
    silence.found(dead);
    expect([dead.destroyed, idle.destroyed, writing.destroyed]).toEqual([false, true, false]);
    expect(silence.of(writes)).toBe('Produce');
  });

  it('owes an answer after the time of the request, however many bytes come', () => {
    const asked = queue();
    ask(asked, 'Fetch');
    now += 30_001;
    asked.heardAt = now;
    expect(silence.of(asked)).toBe('Fetch');
  });

  it.each([
    [10_000, 4000],
    [60_000, 10_000],
  ])('with %d ms for a request is waited for %d ms', (requestTimeout, ms) => {
    const asked: SilentQueue = { requestTimeout, inflight: new Map() };
    ask(asked, 'Fetch');
    now += ms;
    expect(silence.of(asked)).toBeUndefined();
    now += 1;
    expect(silence.of(asked)).toBe('Fetch');
  });

  it('is not suspected for ever', () => {
    silence.found(new Socket());
    now += 10_000;
    const writes = queue();
    ask(writes, 'Produce');
    now += 5001;
    expect(silence.of(writes)).toBeUndefined();
  });
});

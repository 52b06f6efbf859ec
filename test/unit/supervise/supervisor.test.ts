import { EventEmitter } from 'node:events';
import type { MetricSnapshot } from '../../../src/observe/merged-metrics.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import type { Child } from '../../../src/supervise/member.ts';
import type { FromMember, ToMember } from '../../../src/supervise/messages.ts';
import { ProcessGroup } from '../../../src/supervise/supervisor.ts';
import { eventually } from '../../support/eventually.ts';

/** A process that does what the test says; it answers reports with its own count. */
class FakeChild extends EventEmitter {
  readonly connected = true;
  readonly pid = 1;
  readonly asked: ToMember['kind'][] = [];
  killed: unknown;
  scored = 0;
  ready: string | undefined;
  silent = false;

  send(message: ToMember): boolean {
    this.asked.push(message.kind);
    if (message.kind === 'report' && !this.silent) {
      const metrics = [counter('scored_total', this.scored), gauge('lag', this.scored)];
      this.say({ kind: 'report', id: message.id, live: undefined, ready: this.ready, metrics });
    }
    return true;
  }

  kill(signal: unknown): boolean {
    this.killed = signal;
    return true;
  }

  say(message: FromMember): void {
    this.emit('message', message);
  }

  end(code: number | null, signal: string | null = null): void {
    this.emit('exit', code, signal);
  }
}

const metric = (type: string, name: string, value: number): MetricSnapshot =>
  ({ name, help: name, type, aggregator: 'sum', values: [{ labels: {}, value }] }) as never;
const counter = (name: string, value: number): MetricSnapshot => metric('counter', name, value);
const gauge = (name: string, value: number): MetricSnapshot => metric('gauge', name, value);

const groups: ProcessGroup[] = [];
afterEach(() => {
  for (const group of groups.splice(0)) group.stop();
});

function groupOf(
  processes: number,
  now?: () => number,
): { group: ProcessGroup; children: FakeChild[] } {
  const children: FakeChild[] = [];
  const group = new ProcessGroup({
    processes,
    start: () => {
      const child = new FakeChild();
      children.push(child);
      return child as unknown as Child;
    },
    logger: SILENT,
    ...(now === undefined ? {} : { now }),
  });
  groups.push(group);
  group.start();
  return { group, children };
}

describe('a group of processes', () => {
  it('starts one alone, and the others once it is about to join', () => {
    const { group, children } = groupOf(3);
    expect(children).toHaveLength(1);
    children[0]!.say({ kind: 'started' });
    expect(children).toHaveLength(3);
    children[1]!.say({ kind: 'started' });
    expect([children.length, group.counts]).toEqual([3, { running: 2, restarts: 0 }]);
  });

  it('lets the first ones join together, and later ones as they come', async () => {
    const { children } = groupOf(2);
    children[0]!.say({ kind: 'started' });
    expect(children.map(({ asked }) => asked)).toEqual([[], []]);
    children[1]!.say({ kind: 'started' });
    expect(children.map(({ asked }) => asked)).toEqual([['join'], ['join']]);
    children[1]!.end(null, 'SIGKILL');
    await eventually(
      () => children.length,
      (count) => count === 3,
    );
    children[2]!.say({ kind: 'started' });
    expect(children.map(({ asked }) => asked)).toEqual([['join'], ['join'], ['join']]);
  });

  it('does not let the others wait for one that ended on its way', () => {
    const { children } = groupOf(3);
    children[0]!.say({ kind: 'started' });
    children[1]!.say({ kind: 'started' });
    children[2]!.end(null, 'SIGKILL');
    expect(children.slice(0, 2).map(({ asked }) => asked)).toEqual([['join'], ['join']]);
  });

  it('ends with the exit code of a wrong configuration, and nothing else is started', async () => {
    const { group, children } = groupOf(3);
    children[0]!.say({ kind: 'failed', code: 'CONFIG_INVALID' });
    children[0]!.end(2);
    expect(await group.ended).toBe(2);
    expect(children).toHaveLength(1);
  });

  it('is ready when each of them is, and says which is not', async () => {
    const { group, children } = groupOf(2);
    expect(await group.ready()).toBe('process 0: starting');
    children[0]!.say({ kind: 'started' });
    children[1]!.say({ kind: 'started' });
    children[1]!.ready = 'waiting for the consumer group';
    expect(await group.ready()).toBe('process 1: waiting for the consumer group');
    children[1]!.ready = undefined;
    expect(await group.ready()).toBeUndefined();
  });

  it('is not live when one does not answer for long', async () => {
    let now = 0;
    const { group, children } = groupOf(1, () => now);
    children[0]!.say({ kind: 'started' });
    now = 10_000;
    await group.ready();
    now = 20_000;
    expect(group.live()).toBeUndefined();
    now = 26_000;
    expect(group.live()).toBe('process 0 does not answer');
  });

  it('keeps what a process had counted that is gone, but not its gauges', async () => {
    const { group, children } = groupOf(1);
    children[0]!.say({ kind: 'started' });
    children[0]!.scored = 5;
    await group.snapshots();
    children[0]!.end(null, 'SIGKILL');
    await eventually(
      () => children.length,
      (count) => count === 2,
    );
    children[1]!.say({ kind: 'started' });
    children[1]!.scored = 2;
    const sums = (await group.snapshots())
      .flat()
      .map(({ name, values }) => [name, values[0]!.value]);
    expect(sums).toEqual([
      ['scored_total', 5],
      ['scored_total', 2],
      ['lag', 2],
    ]);
    children[1]!.end(null, 'SIGKILL');
    expect((await group.snapshots()).flat().map(({ values }) => values[0]!.value)).toEqual([7]);
    expect(group.counts.restarts).toBe(2);
  });

  it('that is stopped waits for all, and starts none again', async () => {
    const { group, children } = groupOf(2);
    for (const child of [0, 1]) children[child]!.say({ kind: 'started' });
    let code: number | undefined;
    void group.ended.then((exitCode) => (code = exitCode));
    group.stop();
    expect(children.map(({ asked }) => asked.at(-1))).toEqual(['stop', 'stop']);
    children[0]!.end(0);
    await group.ready();
    expect(code).toBeUndefined();
    children[1]!.end(0);
    expect(await group.ended).toBe(0);
    expect(children).toHaveLength(2);
  });

  it('that is stopped ends with 1 when one of them did not end in peace', async () => {
    const { group, children } = groupOf(1);
    group.stop();
    children[0]!.end(1);
    expect(await group.ended).toBe(1);
  });

  it('that is killed waits for none', () => {
    const { group, children } = groupOf(2);
    children[0]!.say({ kind: 'started' });
    group.kill();
    expect(children.map(({ killed }) => killed)).toEqual(['SIGKILL', 'SIGKILL']);
  });

  it('ends them all when one ended for what a fresh one would repeat', async () => {
    const { group, children } = groupOf(2);
    for (const child of [0, 1]) children[child]!.say({ kind: 'started' });
    children[1]!.say({ kind: 'failed', code: 'DEAD_LETTER_LIMIT' });
    children[1]!.end(1);
    expect(children[0]!.asked.at(-1)).toBe('stop');
    children[0]!.end(0);
    expect(await group.ended).toBe(1);
  });
});

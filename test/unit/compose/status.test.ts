import { Status } from '../../../src/compose/status.ts';

describe('readiness', () => {
  it('begins with the first assignment, even an empty one: a member in reserve is ready', () => {
    const status = new Status();
    expect(status.ready()).toBe('waiting for the consumer group');
    status.assigned();
    expect(status.ready()).toBeUndefined();
  });

  it('is away during an outage, until something is delivered', () => {
    const status = new Status();
    status.assigned();
    status.waitingFor('REGISTRY_UNAVAILABLE');
    expect(status.ready()).toBe('waiting: REGISTRY_UNAVAILABLE');
    status.delivered();
    expect(status.ready()).toBeUndefined();
  });

  it('is away from the loss of the cluster until the group assigns anew', () => {
    const status = new Status();
    status.assigned();
    status.interrupted('BROKER_UNAVAILABLE');
    expect(status.ready()).toBe('waiting: BROKER_UNAVAILABLE');
    status.delivered(); // the last answer of a batch that was under way
    expect(status.ready()).toBe('waiting for the consumer group');
    status.assigned();
    expect(status.ready()).toBeUndefined();
  });

  it('is away while a partition stands still, although others deliver, until it goes on or the group assigns anew', () => {
    const status = new Status();
    status.assigned();
    status.standing('in-0', 'BATCH_CORRUPT');
    status.delivered();
    expect(status.ready()).toBe('waiting: BATCH_CORRUPT (in-0)');
    status.standing('in-0', undefined);
    expect(status.ready()).toBeUndefined();
    status.standing('in-0', 'BATCH_CORRUPT');
    status.assigned();
    expect(status.ready()).toBeUndefined();
  });

  it('does not wait for what the partitions of an earlier assignment waited for', () => {
    const status = new Status();
    status.assigned();
    status.waitingFor('DESTINATION_UNAVAILABLE');
    status.assigned();
    expect(status.ready()).toBeUndefined();
  });

  it('ends with the stop and with a failure, which is also the end of being alive', () => {
    const status = new Status();
    status.assigned();
    expect(status.live()).toBeUndefined();
    status.stopping();
    expect(status.ready()).toBe('stopping');
    status.fail(new Error('broken'));
    expect(status.live()).toBe('failed: broken');
    expect(status.ready()).toBe('failed: broken');
  });
});

it('a model that has worked on a batch for long is not ready, and the program is alive', () => {
  let now = 0;
  const status = new Status(10_000, () => now);
  status.assigned();
  const done = status.inferring();
  now = 9000;
  expect(status.ready()).toBeUndefined();
  now = 12_000;
  status.inferring()();
  expect(status.ready()).toBe('waiting: the model has worked on a batch for 12 s');
  expect(status.live()).toBeUndefined();
  done();
  expect(status.ready()).toBeUndefined();
});

import { Lifecycle, type Started } from '../../../src/runtime/lifecycle.ts';
import { eventually } from '../../support/eventually.ts';

/** A part that writes down when it starts and stops; `fails` where it is told to. */
function part(said: string[], name: string, fails: 'start' | 'stop' | 'never' = 'never') {
  return async (): Promise<Started<string>> => {
    said.push(`start ${name}`);
    if (fails === 'start') throw new Error(`${name} does not start`);
    const stop = async (): Promise<void> => {
      said.push(`stop ${name}`);
      if (fails === 'stop') throw new Error(`${name} does not stop`);
    };
    return { value: name, stop };
  };
}

describe('Lifecycle', () => {
  it('starts in order and stops in reverse', async () => {
    const said: string[] = [];
    const lifecycle = new Lifecycle();
    expect(await lifecycle.start(part(said, 'a'))).toBe('a');
    await lifecycle.start(part(said, 'b'));
    await lifecycle.stop();
    expect(said).toEqual(['start a', 'start b', 'stop b', 'stop a']);
  });

  it('stops only once', async () => {
    const said: string[] = [];
    const lifecycle = new Lifecycle();
    await lifecycle.start(part(said, 'a'));
    await lifecycle.stop();
    await lifecycle.stop();
    expect(said).toEqual(['start a', 'stop a']);
  });

  it('stops what had started when a part does not start, and tells why that did not', async () => {
    const said: string[] = [];
    const lifecycle = new Lifecycle();
    await lifecycle.start(part(said, 'a', 'stop'));
    await lifecycle.start(part(said, 'b'));
    await expect(lifecycle.start(part(said, 'c', 'start'))).rejects.toThrow('c does not start');
    expect(said).toEqual(['start a', 'start b', 'start c', 'stop b', 'stop a']);
  });

  it('does not wait for a part that is starting when the start is called off, and stops it once it has started', async () => {
    const said: string[] = [];
    const callOff = new AbortController();
    const lifecycle = new Lifecycle(callOff.signal);
    await lifecycle.start(part(said, 'a'));
    const slow = Promise.withResolvers<undefined>();
    const starting = lifecycle.start(async () => {
      await slow.promise;
      return part(said, 'b')();
    });
    callOff.abort();
    await expect(starting).rejects.toBe(callOff.signal.reason);
    expect(said).toEqual(['start a', 'stop a']);
    slow.resolve(undefined);
    await eventually(
      async () => said.at(-1),
      (last) => last === 'stop b',
    );
    await expect(lifecycle.start(part(said, 'c'))).rejects.toBe(callOff.signal.reason);
    expect(said).not.toContain('start c');
  });

  it('lets a part end that has some time to', async () => {
    const said: string[] = [];
    const callOff = new AbortController();
    const lifecycle = new Lifecycle(callOff.signal);
    const slow = Promise.withResolvers<undefined>();
    const starting = lifecycle.start(() => slow.promise.then(part(said, 'a')), 60_000);
    callOff.abort();
    slow.resolve(undefined);
    expect(await starting).toBe('a');
  });

  it('stops everything though parts fail to, and tells the first failure', async () => {
    const said: string[] = [];
    const lifecycle = new Lifecycle();
    await lifecycle.start(part(said, 'a', 'stop'));
    await lifecycle.start(part(said, 'b'));
    await lifecycle.start(part(said, 'c', 'stop'));
    await expect(lifecycle.stop()).rejects.toThrow('c does not stop');
    expect(said.slice(3)).toEqual(['stop c', 'stop b', 'stop a']);
  });
});

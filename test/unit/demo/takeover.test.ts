import { Takeover, type TakeoverOptions } from '../../../src/demo/takeover.ts';

function taking(options: Partial<TakeoverOptions> = {}): {
  takeover: Takeover;
  said: string[];
  asked: () => number;
} {
  const said: string[] = [];
  let asked = 0;
  const takeover = new Takeover({
    promote: () => {
      asked++;
      return Promise.resolve();
    },
    version: '2',
    champion: () => Promise.resolve('2'),
    after: 50,
    holdAt: 75,
    say: (line) => said.push(line),
    signal: new AbortController().signal,
    failed: (reason) => said.push(`failed: ${(reason as Error).message}`),
    ...options,
  });
  return { takeover, said, asked: () => asked };
}

describe('the takeover in the demo', () => {
  it('is asked for once, after its share of the events', async () => {
    const { takeover, asked } = taking();
    expect(takeover.sent(49)).toBeUndefined();
    expect(asked()).toBe(0);
    expect(takeover.sent(50)).toBeUndefined();
    await takeover.sent(80);
    expect(takeover.sent(90)).toBeUndefined();
    expect(asked()).toBe(1);
  });

  it('holds the last events back until the version decides', async () => {
    const answers = ['1', undefined, '2'];
    const { takeover, said } = taking({ champion: () => Promise.resolve(answers.shift()) });
    await takeover.sent(75);
    expect(answers).toEqual([]);
    expect(said).toEqual(['waiting until version 2 of the model takes over']);
  });

  it('gives up on a version that does not take over, and says so', async () => {
    const { takeover, said } = taking({ champion: () => Promise.resolve('1'), patience: 0 });
    await takeover.sent(75);
    expect(said.at(-1)).toBe('version 2 has not taken over; the demo goes on without it');
  });

  it('does not hold back a demo that is told to stop', async () => {
    const stop = new AbortController();
    const champion = (): Promise<string> => {
      stop.abort();
      return Promise.resolve('1');
    };
    const { takeover } = taking({ champion, signal: stop.signal });
    await takeover.sent(75);
    expect(stop.signal.aborted).toBe(true);
  });

  it('passes on that the configuration cannot be written', async () => {
    const promote = (): Promise<never> => Promise.reject(new Error('read-only'));
    const { takeover, said } = taking({ promote });
    await takeover.sent(75);
    expect(said).toEqual(['failed: read-only']);
  });
});

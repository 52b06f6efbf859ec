import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyTypeOf } from '../../../src/compose/key-type.ts';
import { PolicyLists } from '../../../src/compose/policy-lists.ts';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { ScorerError } from '../../../src/errors.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const never = () => Promise.reject(new Error('no topic is read'));

describe('the lists of a policy', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lists-'));
    await writeFile(join(folder, 'a.txt'), 'a\n');
    await writeFile(join(folder, 'b.txt'), 'b\n');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const list = (name: string, more: object) => ({ name, key: 'id', decision: 'X', ...more });
  const policy = (...lists: ReturnType<typeof list>[]) => ({
    decision: { bands: [{ decision: 'A' }], lists },
  });
  const file = (name: string) => ({ file: join(folder, name) });

  it('stay open from one policy to the next; whoever took them keeps them', async () => {
    const lists = new PolicyLists({ reader: never, watchMs: 0, follow: true });
    const first = policy(list('l', file('a.txt')));
    await lists.open(first);
    const before = lists.snapshot();
    const kept = before(first.decision.lists[0]!);
    const second = policy(list('other name', file('a.txt')), list('l', file('b.txt')));
    await lists.open(second);
    await lists.keep(second);
    const after = lists.snapshot();
    expect(after(second.decision.lists[0]!)).toBe(kept);
    expect(after(second.decision.lists[1]!).has('b', 0)).toBe(true);
    await lists.keep(policy(list('l', file('b.txt'))));
    expect(() => lists.snapshot()(first.decision.lists[0]!)).toThrow('is not open');
    expect(before(first.decision.lists[0]!).has('a', 0)).toBe(true);
    await lists.close();
  });

  it('are refused together, and a broker that is away is a problem of the start', async () => {
    const away = new ScorerError({ code: 'BROKER_UNAVAILABLE', what: 'no answer' });
    const lists = new PolicyLists({
      reader: () => Promise.reject(away),
      watchMs: 0,
      follow: false,
    });
    const { problems } = await scorerErrorOf(() =>
      lists.open(
        policy(list('l', file('no.txt')), list('ok', file('a.txt')), list('t', { topic: 't' })),
      ),
    );
    expect(problems.map(({ code }) => code)).toEqual(['LIST_NOT_FOUND', 'KAFKA_UNREACHABLE']);
    expect(lists.all).toEqual([]);
  });

  it('of an integer field are refused with the line of a key that no integer is written like', async () => {
    const lists = new PolicyLists({ reader: never, watchMs: 0, follow: true });
    const name = join(folder, 'numbers.txt');
    await writeFile(name, '7\n-12\n\n007\n{"key": 9}\n{"key": "1.0"}\nx\n0\n');
    const one = list('l', { file: name });
    const event = parseSchema({
      type: 'record',
      name: 'Event',
      fields: [{ name: 'id', type: ['null', 'long'] }],
    });
    const open = (): Promise<void> =>
      lists.open(policy(one), undefined, (of) => keyTypeOf(of, new Map([['in', event]])));
    const { problems } = await scorerErrorOf(open);
    expect(problems.map(({ code, where }) => [code, where])).toEqual(
      [4, 6, 7].map((line) => ['LIST_INVALID', `${name}:${line}`]),
    );
    await writeFile(name, '7\n-12\n0\n-9223372036854775808\n');
    await open();
    expect(lists.all.map(({ list: { size } }) => size)).toEqual([4]);
    await lists.close();
  });
});

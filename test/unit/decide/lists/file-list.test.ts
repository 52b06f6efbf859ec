import { EventEmitter, once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFileList } from '../../../../src/decide/lists/file-list.ts';
import { eventually } from '../../../support/eventually.ts';
import { scorerErrorOf } from '../../../support/thrown.ts';

describe('a list in a file', () => {
  let folder: string;
  let file: string;
  const away: (string | undefined)[] = [];
  const open = () =>
    openFileList({
      file,
      where: 'decision.lists[0].file',
      watchMs: 5,
      events: { rejected: () => undefined, away: (why) => void away.push(why) },
    });
  beforeEach(async () => {
    away.splice(0);
    folder = await mkdtemp(join(tmpdir(), 'list-'));
    file = join(folder, 'keys.txt');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has the keys of its lines, until they expire, and the digest of the file', async () => {
    await writeFile(file, '\ufeffa\r\n\nb\n{"key":"c","expires":100}\na');
    const list = await open();
    expect(['a', 'b', 'c', 'd', ''].map((key) => list.has(key, 99))).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(list.has('c', 100)).toBe(false);
    expect(list.size).toBe(3);
    expect(list.position).toMatch(/^sha256:[0-9a-f]{12}$/);
    await list.close();
  });

  it('follows the file; a line that is not understood refuses the change', async () => {
    await writeFile(file, 'a\n');
    const list = await open();
    const before = list.position;
    list.follow();
    await writeFile(file, 'b\n{oops\n');
    await eventually(
      () => Promise.resolve(list.trouble),
      (trouble) => trouble !== undefined,
    );
    expect(list.trouble).toContain(`${file}:2`);
    expect([list.has('a', 0), list.position]).toEqual([true, before]);
    await writeFile(file, 'b\nccc\n');
    await eventually(
      () => Promise.resolve(list.trouble),
      (trouble) => trouble === undefined,
    );
    expect([list.has('a', 0), list.has('b', 0), list.position === before]).toEqual([
      false,
      true,
      false,
    ]);
    expect(away).toHaveLength(2);
    await list.close();
  });

  it('is not read while it is written', async () => {
    await writeFile(file, 'a\nb\n');
    const looks = new EventEmitter();
    const list = await openFileList({
      file,
      where: 'decision.lists[0].file',
      watchMs: 1,
      events: { rejected: () => undefined, away: () => undefined },
      pause: (signal) => {
        looks.emit('done');
        return once(looks, 'next', { signal });
      },
    });
    list.follow();
    const look = async () => {
      const done = once(looks, 'done');
      looks.emit('next');
      await done;
      return list.size;
    };
    await writeFile(file, '');
    expect(await look()).toBe(2);
    await appendFile(file, 'a\nb\n');
    expect(await look()).toBe(2);
    await appendFile(file, 'c\n');
    expect(await look()).toBe(2);
    expect(await look()).toBe(3);
    await list.close();
  });

  it('is refused with all its wrong lines, or if it is not there', async () => {
    await writeFile(file, `{\nok\n{"key":1.5}\n${'{\n'.repeat(20)}`);
    const { problems } = await scorerErrorOf(open);
    expect(problems).toHaveLength(11);
    expect(problems[0]).toMatchObject({ code: 'LIST_INVALID', where: `${file}:1` });
    expect(problems[1]).toMatchObject({ where: `${file}:3` });
    expect(problems[10]!.what).toBe('12 more lines are not understood');
    await rm(file);
    expect((await scorerErrorOf(open)).problems).toMatchObject([
      { code: 'LIST_NOT_FOUND', where: 'decision.lists[0].file' },
    ]);
  });
});

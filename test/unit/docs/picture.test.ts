import { readFileSync } from 'node:fs';
import { screensOf } from '../../../scripts/picture/screens.ts';
import { drawScreens } from '../../../scripts/picture/svg.ts';

const RECORDING = readFileSync('docs/demo.cast', 'utf8');

describe('the picture in the README', () => {
  const screens = screensOf(RECORDING);

  it('is drawn from the recording beside it (npm run picture), and is small', () => {
    const svg = readFileSync('docs/demo.svg', 'utf8');
    expect(svg).toBe(drawScreens(screens));
    expect(Buffer.byteLength(svg)).toBeLessThan(60_000);
  });

  it('shows what the demo shows: each frame drawn over the one before', () => {
    const last = screens.at(-1)!.join('\n');
    expect(last.match(/scored/g)).toHaveLength(1);
    for (const part of ['latency', 'APPROVE', 'REVIEW', 'REJECT', 'latest rejected'])
      expect(last).toContain(part);
  });

  it('names nothing of the machine it was recorded on', () => {
    expect(RECORDING).not.toMatch(/\/(home|work|tmp|Users)\/|localhost|\d+\.\d+\.\d+\.\d+/);
  });
});

describe('the screens of a recording', () => {
  const recording = (...texts: string[]): string =>
    [{ version: 2 }, ...texts.map((text, i) => [i, 'o', text])]
      .map((line) => JSON.stringify(line))
      .join('\n');

  it('follow the cursor up and what is cleared below it', () => {
    expect(screensOf(recording('one\ntwo\n', '\u001b[1F\u001b[Jthree\n'))).toEqual([
      ['one', 'two', ''],
      ['one', 'three', ''],
    ]);
  });

  it('are refused where a sequence has no meaning here', () => {
    expect(() => screensOf(recording('\u001b[2K'))).toThrow('no meaning is known');
  });
});

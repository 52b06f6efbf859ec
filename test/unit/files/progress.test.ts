import { progressBar, progressLine } from '../../../src/files/progress.ts';

describe('the progress bar', () => {
  it('shows the share of the bytes, and the rate', () => {
    const line = progressLine({ bytes: 5e6, total: 1e7, events: 300, elapsedMs: 2000 });
    expect(line).toBe('[############............] 50%  5.0 of 10.0 MB  300 events  150/s');
    expect(progressLine({ bytes: 5e6, total: undefined, events: 0, elapsedMs: 0 })).toBe(
      '5.0 MB  0 events  0/s',
    );
  });

  it('shows a share that bytes do not say', () => {
    const line = progressLine({
      bytes: 0,
      total: undefined,
      share: 0.25,
      events: 300,
      elapsedMs: 1000,
    });
    expect(line).toBe('[######..................] 25%  300 events  300/s');
  });

  it('writes at most five times a second, and takes itself away', () => {
    let at = 0;
    const told: string[] = [];
    const bar = progressBar(
      (text) => told.push(text),
      () => at,
    );
    for (at = 0; at < 1000; at += 10) bar.show({ bytes: at, total: 1000, events: at });
    expect(told).toHaveLength(5);
    bar.clear();
    expect(told.at(-1)).toBe('\r\x1b[K');
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { measureShap } from '../../../bench/shap.ts';
import { openPython } from '../../../bench/shap-python.ts';

const quiet = (): void => undefined;

describe('contributions beside those of the libraries', () => {
  it('need a Python, and say which', async () => {
    await expect(measureShap(quiet, quiet, undefined)).rejects.toThrow('Name a Python with shap');
  });

  it('end with a Python that ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'shap-'));
    try {
      const program = join(folder, 'python');
      await writeFile(program, '#!/bin/sh\nexit 3\n', { mode: 0o755 });
      await expect(openPython(program, folder).ready()).rejects.toThrow('ended with 3');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

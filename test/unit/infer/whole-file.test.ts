import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWhole } from '../../../src/infer/whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'whole-file-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each([0, 1, 4 << 20, (8 << 20) + 5])('a file of %s bytes', (size) => {
  const file = join(folder, String(size));
  const content = randomBytes(size);
  beforeAll(() => {
    writeFileSync(file, content);
  });

  it('is read whole, with the checksum of its bytes', async () => {
    const { bytes, sha256 } = await readWhole(file, true);
    expect(content.equals(bytes)).toBe(true);
    expect(sha256).toBe(createHash('sha256').update(content).digest('hex'));
  });

  it('is read without a checksum where nobody asks for it', async () => {
    const { bytes, sha256 } = await readWhole(file, false);
    expect(content.equals(bytes)).toBe(true);
    expect(sha256).toBeUndefined();
  });
});

it('a file that is not there is an error', async () => {
  await expect(readWhole(join(folder, 'none'), true)).rejects.toThrow('ENOENT');
});

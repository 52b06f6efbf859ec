import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { emptyValues, TENSOR_TYPES, type InputTensor } from '../../../src/flow/tensors.ts';
import { PlacedTensors } from '../../../src/infer/placed-tensors.ts';
import { SharedPages, SLOT_BYTES } from '../../../src/infer/shared-pages.ts';

let folder: string;
let pages: SharedPages;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stream-scorer-pages-'));
  pages = SharedPages.open(folder)!;
});
afterEach(async () => {
  pages.close();
  await rm(folder, { recursive: true });
});

const NUMBERS = TENSOR_TYPES.filter((type) => type !== 'string');

const tensor = (type: (typeof NUMBERS)[number], length: number, seed: number): InputTensor => {
  const values = emptyValues(type, length) as Float32Array;
  const bytes = new Uint8Array(values.buffer);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 7 + seed) % 120;
  return { name: type, type, rows: length, columns: 1, flat: false, values };
};
const bytesOf = ({ values }: InputTensor): Buffer => {
  const { buffer, byteOffset, byteLength } = values as Float32Array;
  return Buffer.from(buffer, byteOffset, byteLength);
};
const lengthsOf = (tensors: readonly InputTensor[]) =>
  tensors.map(({ values, ...rest }) => ({ ...rest, length: values.length }));
/** More than the least that goes through the pages. */
const large = tensor('float64', 10_000, 1);

describe('pages that two processes share', () => {
  it('have a file without a name', async () => {
    expect(await readdir(folder)).toEqual([]);
  });

  it('bring numbers of every type over, those of several tensors and requests side by side', () => {
    const given = fc.array(fc.tuple(fc.constantFrom(...NUMBERS), fc.nat(99)), { maxLength: 5 });
    const reader = new PlacedTensors(pages.fd);
    fc.assert(
      fc.property(given, given, fc.nat(100), (first, second, seed) => {
        const requests = [first, second].map((types, i) => [
          ...types.map(([type, length]) => tensor(type, length, seed + i)),
          large,
        ]);
        const places = requests.map((tensors) => pages.put(tensors)!);
        for (const [i, tensors] of requests.entries()) {
          const read = reader.read(places[i]!, lengthsOf(tensors));
          expect(lengthsOf(read)).toEqual(lengthsOf(tensors));
          expect(read.map(bytesOf)).toEqual(tensors.map(bytesOf));
        }
        for (const at of places) pages.free(at);
      }),
      { numRuns: 50 },
    );
  });

  it('bring an answer back', () => {
    const at = pages.put([large])!;
    const scores = new Float64Array(10_000);
    pages.read(at, [scores]);
    expect(scores).toEqual(large.values);
    // nothing was written there
    expect(() => {
      pages.read(at, [new Float64Array(20_000)]);
    }).toThrow('shorter');
  });

  it('have room for two requests', () => {
    const [first, second] = [pages.put([large]), pages.put([large])];
    expect(first).not.toBe(second);
    expect(pages.put([large])).toBeUndefined();
    pages.free(first!);
    expect(pages.put([large])).toBe(first);
  });

  it.each<[string, InputTensor[]]>([
    ['few numbers', [tensor('float32', 10, 0)]],
    ['more than there is room for', [tensor('uint8', SLOT_BYTES + 1, 0)]],
    ['texts', [large, { ...large, type: 'string', values: ['a'] }]],
    ['none', []],
  ])('do not take %s', (_what, tensors) => {
    expect(pages.put(tensors)).toBeUndefined();
  });

  it('take nothing where they cannot be written, and nothing any more when they are closed', () => {
    const full = SharedPages.open(folder)!;
    const other = SharedPages.open(folder)!;
    // as if the memory were full
    Object.defineProperty(full, 'fd', { value: 1_000_000 });
    for (let i = 0; i < 3; i++) expect(full.put([large])).toBeUndefined();
    Object.defineProperty(full, 'fd', { value: other.fd });
    expect(full.put([large])).toBeDefined();
    other.close();
    other.close();
    // its number is that of another file now
    const third = SharedPages.open(folder)!;
    expect(third.fd).toBe(other.fd);
    expect(other.put([large])).toBeUndefined();
    expect(() => {
      other.read(0, []);
    }).toThrow('closed');
    third.close();
  });

  it('are not there where there is no such folder', () => {
    expect(SharedPages.open(join(folder, 'none'))).toBeUndefined();
  });
});

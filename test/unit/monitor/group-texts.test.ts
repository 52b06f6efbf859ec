import { NULL } from '../../../src/flow/events.ts';
import { hashBytes } from '../../../src/flow/text-hash.ts';
import { Utf8Column } from '../../../src/flow/utf8-column.ts';
import { NONE } from '../../../src/monitor/fairness-window.ts';
import { GroupNames } from '../../../src/monitor/group-names.ts';
import { GroupTexts } from '../../../src/monitor/group-texts.ts';

function columnOf(texts: readonly (string | null)[], hashOf?: () => number): Utf8Column {
  const column = new Utf8Column(Uint8Array.from(texts, (text) => (text === null ? NULL : 0)));
  for (const [row, text] of texts.entries()) {
    const bytes = Buffer.from(`.${text ?? ''}.`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const hash = hashOf?.() ?? hashBytes(view, 1, bytes.length - 1);
    column.places.set([column.blocks.push(bytes) - 1, 1, bytes.length - 1, hash], 4 * row);
  }
  return column;
}

const long = 'x'.repeat(100);
const texts = ['a', null, 'b', 'a', '', 'zürich', long, 'b', long, '', 'zürich'];
const nine = ['123456789', '1234567x9'];
const longer = ['alpha', null, 'gamma', ...nine, 'alpha', 'zürich', long, 'gamma', ...nine, long];

it.each([
  ['hashes that part them', texts, undefined],
  ['one hash for all that have more than a word', longer, () => 7],
])('each text has its own number, with %s', (_name, texts, hashOf) => {
  const names = new GroupNames();
  const groups = new GroupTexts(names);
  for (let batch = 0; batch < 2; batch++) {
    const codes = new Uint8Array(texts.length).fill(NONE);
    groups.read(columnOf(texts, hashOf), codes);
    expect([...codes].map((code) => names.all[code])).toEqual(
      texts.map((text) => text ?? '(none)'),
    );
  }
});

it('texts beyond those with a number share one', () => {
  const names = new GroupNames();
  const all = Array.from({ length: 1000 }, (_, i) => `group ${i}`);
  const codes = new Uint8Array(all.length);
  const groups = new GroupTexts(names);
  groups.read(columnOf(all), codes);
  groups.read(columnOf(all), codes);
  expect([...codes].map((code) => names.all[code])).toEqual(
    all.map((text, i) => (i < 20 ? text : '(other)')),
  );
});

it('texts that share a place are each learnt once, and no more than a place has room for', () => {
  const asked: string[] = [];
  const groups = new GroupTexts({
    code: (name) => {
      asked.push(name);
      return name.length;
    },
  });
  const words = ['alpha', 'vector', 'seventh'];
  const read = (all: readonly string[]): number[] => {
    const codes = new Uint8Array(all.length);
    let next = 0;
    groups.read(
      columnOf(all, () => 256 * next++),
      codes,
    );
    return [...codes];
  };
  for (let again = 0; again < 3; again++) expect(read(words)).toEqual([5, 6, 7]);
  expect(asked).toEqual(words);
  const many = Array.from({ length: 9 }, (_, i) => 'x'.repeat(5 + i));
  for (let again = 0; again < 2; again++)
    expect(read(many)).toEqual(many.map(({ length }) => length));
});

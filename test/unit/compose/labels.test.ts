import avro from 'avsc';
import { Readable } from 'node:stream';
import { UNLABELLED } from '../../../src/compare/compared-batch.ts';
import { LabelTable } from '../../../src/compare/label-table.ts';
import { labelJoinOf, type LabelOptions } from '../../../src/compose/label-join.ts';
import { labelsOfFile } from '../../../src/compose/label-files.ts';
import { labelsOfTopic } from '../../../src/compose/label-records.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ContainerWriter } from '../../../src/files/container-writer.ts';
import { FakeRangeReader, type LogEntry } from '../../support/fake-range-reader.ts';
import { FakeRegistry } from '../../support/fake-registry.ts';
import { scorerErrorOf } from '../../support/thrown.ts';

const settings = {
  input: { topics: ['in'], types: ['test.Event'] },
  schemaRegistry: { unknownIdRetryMs: 0 },
} as unknown as Settings;

const SCHEMA = {
  type: 'record',
  name: 'Label',
  fields: [
    { name: 'id', type: ['null', 'string', 'long'], default: null },
    { name: 'fraud', type: ['null', 'boolean', 'int'], default: null },
  ],
};
const type = avro.Type.forSchema(SCHEMA as never, { wrapUnions: false });

const target = (options: Partial<LabelOptions> = {}) => {
  const { join } = labelJoinOf({ labels: 'x', labelId: 'id', label: 'fraud', ...options })!;
  return { join, table: new LabelTable(1000) };
};

async function fromFile(name: string, bytes: string | Buffer, options?: Partial<LabelOptions>) {
  const own = target(options);
  await labelsOfFile(Readable.from([Buffer.from(bytes)]), name, own, settings);
  return own.table;
}

const found = (table: LabelTable, ...ids: string[]): number[] => ids.map((id) => table.of(id));

describe('labels of a file', () => {
  it('are JSON lines, with a path, numbers as ids, and truth values', async () => {
    const lines = [
      '{"tx": {"id": "a"}, "fraud": 1}',
      '',
      '{"tx": {"id": 12345678901234567890}, "fraud": false}',
      '{"tx": {"id": "never"}, "fraud": null}',
      '{"tx": {"id": "late"}, "fraud": 0}',
      '{"tx": {"id": "late"}, "fraud": true}',
    ];
    const table = await fromFile('l.jsonl', lines.join('\n'), { labelId: 'id=tx.id' });
    expect(found(table, 'a', '12345678901234567890', 'never', 'late')).toEqual([
      1,
      0,
      UNLABELLED,
      1,
    ]);
    expect(table.counts).toMatchObject({ ids: 3, changed: 1, empty: 1 });
  });

  it('are comma-separated, with names in the first line and quotes', async () => {
    const text = 'note,id,fraud\r\n"a, ""b""",x,1\r\nb,"y",0\r\nc,z,\r\n';
    const table = await fromFile('l.csv', text);
    expect(found(table, 'x', 'y', 'z')).toEqual([1, 0, UNLABELLED]);
  });

  it('are an Avro container of another schema than the events, with unions', async () => {
    const writer = new ContainerWriter(SCHEMA);
    const parts = [writer.header()];
    for (const one of [
      { id: 'a', fraud: true },
      { id: 7, fraud: 0 },
      { id: 'c', fraud: null },
    ]) {
      const block = await writer.add(type.toBuffer(one));
      if (block !== undefined) parts.push(block);
    }
    parts.push((await writer.flush())!);
    const table = await fromFile('l.avro', Buffer.concat(parts));
    expect(found(table, 'a', '7', 'c')).toEqual([1, 0, UNLABELLED]);
  });

  it('may name the value that means 1', async () => {
    const text = 'id,outcome\na,chargeback\nb,ok\n';
    const table = await fromFile('l.csv', text, { label: 'outcome=chargeback' });
    expect(found(table, 'a', 'b')).toEqual([1, 0]);
  });

  it.each([
    ['l.jsonl', '{"id": "a", "fraud": 1}\n{"id": "b", "fraud": "SECRET"}\n', 'l.jsonl:2'],
    ['l.jsonl', '{"id": "a", "fraud": 2}\n', 'l.jsonl:1'],
    ['l.jsonl', '{"fraud": 1}\n', 'l.jsonl:1'],
    ['l.jsonl', '{"id": "a"', 'l.jsonl:1'],
    ['l.csv', 'id,other\na,1\n', 'l.csv:1'],
    ['l.csv', 'id,fraud\n"a,1\n', 'l.csv:2'],
    ['l.txt', '', 'l.txt'],
  ])('are refused with the place and without the value: %s %j', async (name, text, where) => {
    const { code, problems } = await scorerErrorOf(() => fromFile(name, text));
    expect({ code, where: problems[0]!.where }).toEqual({ code: 'INPUT_INVALID', where });
    expect(problems[0]!.what).not.toContain('SECRET');
  });
});

describe('labels of a topic', () => {
  const framed = (value: object): Buffer =>
    Buffer.concat([Buffer.of(0, 0, 0, 0, 1), type.toBuffer(value)]);
  const entry = (key: string | null, value: Buffer | null, aborted = false): LogEntry => ({
    record: {
      offset: 0,
      timestamp: 1,
      key: key === null ? null : Buffer.from(key),
      value,
    },
    aborted,
  });

  async function fromTopic(entries: readonly (LogEntry | null)[], options?: Partial<LabelOptions>) {
    const own = target(options);
    const registry = new FakeRegistry();
    await registry.register('labels-value', SCHEMA);
    const reader = new FakeRangeReader(new Map([['labels', [entries, []]]]));
    const { signal } = new AbortController();
    await labelsOfTopic(reader, 'labels', own, { settings, registry, signal });
    return own.table;
  }

  it('are read to the end, without aborted ones and over markers', async () => {
    const table = await fromTopic([
      entry(null, framed({ id: 'a', fraud: 1 })),
      entry(null, framed({ id: 'a', fraud: false }), true),
      null,
      entry('k', null),
      entry(null, framed({ id: 'b', fraud: 0 })),
    ]);
    expect(found(table, 'a', 'b')).toEqual([1, 0]);
    expect(table.counts).toMatchObject({ ids: 2, empty: 1 });
  });

  it('may be joined by the key of the record', async () => {
    const entries = [entry('k1', framed({ id: null, fraud: true }))];
    const table = await fromTopic(entries, {
      labels: 'topic:labels',
      labelId: 'transactionId=@key',
    });
    expect(found(table, 'k1')).toEqual([1]);
  });

  it.each([
    ['without its id', entry('k', framed({ id: null, fraud: 1 }))],
    ['that is not 0 or 1', entry('k', framed({ id: 'a', fraud: 2 }))],
    ['that cannot be read', entry('k', Buffer.of(0, 0, 0, 0, 1, 4))],
  ])('a record %s is refused with its place', async (_what, bad) => {
    const { code, problems } = await scorerErrorOf(() => fromTopic([bad]));
    expect({ code, where: problems[0]!.where }).toEqual({
      code: 'INPUT_INVALID',
      where: 'labels-0, offset 0',
    });
  });
});

describe('the options of labels', () => {
  it('name the id, unless there are no labels', async () => {
    expect(labelJoinOf({})).toBeUndefined();
    const { problems } = await scorerErrorOf(() => labelJoinOf({ labels: 'l.csv' }));
    expect(problems[0]!.where).toBe('--label-id');
    expect(labelJoinOf({ labels: 'topic:t', labelId: '@key' })).toMatchObject({
      place: { topic: 't' },
      join: { event: '@key', label: '@key', value: 'label' },
    });
  });

  it('do not take the key of a record of a file', async () => {
    const given = { labels: 'l.csv', labelId: 'id=@key' };
    expect((await scorerErrorOf(() => labelJoinOf(given))).code).toBe('INPUT_INVALID');
  });
});

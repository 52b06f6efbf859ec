import avro from 'avsc';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually.ts';
import { sharedStack } from '../support/stack.ts';
import { configuredHere, Here } from './here.ts';
import { configOf } from './scorer.ts';
import { framed, World } from './world.ts';

/** Defined under a subject of its own, and only referred to by the event. */
const ITEM = {
  type: 'record',
  name: 'Item',
  namespace: 'shop',
  fields: [
    { name: 'sku', type: 'bytes' },
    { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 } },
  ],
};

const CARD = { type: 'record', name: 'Card', fields: [{ name: 'fee', type: 'double' }] };
const BANK = { type: 'record', name: 'Bank', fields: [{ name: 'iban', type: 'string' }] };

/** An event with a bit of everything; `Item` is a reference, or written out. */
const eventWith = (item: unknown) => ({
  type: 'record',
  name: 'Order',
  namespace: 'shop',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'items', type: ['null', { type: 'array', items: item }] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
    { name: 'attributes', type: { type: 'map', values: ['null', 'string', 'double'] } },
    { name: 'channel', type: { type: 'enum', name: 'Channel', symbols: ['WEB', 'SHOP', 'PHONE'] } },
    { name: 'payment', type: ['null', 'string', CARD, BANK] },
    { name: 'country', type: { type: 'fixed', name: 'Country', size: 2 } },
    { name: 'embedding', type: { type: 'array', items: 'float' } },
    { name: 'at', type: { type: 'long', logicalType: 'timestamp-micros' } },
    { name: 'day', type: ['null', { type: 'int', logicalType: 'date' }] },
    { name: 'clock', type: { type: 'int', logicalType: 'time-millis' } },
    { name: 'express', type: 'boolean' },
    { name: 'parent', type: ['null', 'Order'], default: null },
  ],
});

const COLUMNS = `inputs:
  features:
    - { field: items.0.price, missing: 0 }
    - { field: items, part: length, missing: 0 }
    - { field: tags, part: length }
    - { field: 'attributes["shop.rating"]', missing: -1 }
    - { field: channel, oneHot: [WEB, SHOP], unknown: zeros }
    - { field: payment.fee, missing: 0 }
    - { field: country, categories: [DE, FR], unknown: -1 }
    - { field: embedding, vector: 3, missing: 0 }
    - { field: at, part: hourOfDay, timeZone: Europe/Berlin }
    - { field: day, part: dayOfWeek, missing: 0 }
    - { field: clock, part: hourOfDay }
    - express
    - { field: parent.items, part: length, missing: 0 }
`;

/** The columns that each event should become, in the order above. */
const CASES: readonly (readonly [event: object, columns: readonly number[]])[] = [
  [
    {
      items: {
        array: [
          { sku: Buffer.from('a'), price: Buffer.of(0x04, 0xd2) },
          { sku: Buffer.of(), price: Buffer.of(1) },
        ],
      },
      tags: ['x', 'y', 'z'],
      attributes: { other: null, 'shop.rating': { double: 4.5 } },
      channel: 'SHOP',
      payment: { 'shop.Card': { fee: 0.25 } },
      country: Buffer.from('FR'),
      embedding: [0.5, -1, 2],
      at: Date.UTC(2026, 6, 1, 22, 30) * 1000,
      day: { int: 20_638 }, // a Saturday
      clock: 13 * 3_600_000,
      express: true,
      parent: null,
    },
    [12.34, 2, 3, 4.5, 0, 1, 0.25, 1, 0.5, -1, 2, 0, 6, 13, 1, 0],
  ],
  [
    {
      items: null,
      tags: [],
      attributes: {},
      channel: 'PHONE',
      payment: { 'shop.Bank': { iban: 'x' } },
      country: Buffer.from('US'),
      embedding: [0.25],
      at: Date.UTC(2026, 11, 1, 22, 30) * 1000,
      day: null,
      clock: 0,
      express: false,
      parent: null,
    },
    [0, 0, 0, -1, 0, 0, 0, -1, 0.25, 0, 0, 23, 0, 0, 0, 0],
  ],
];

describe('events as they are in the wild, through Kafka and a registry with references', () => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    world = await new World(sharedStack()).open(1);
    folder = await mkdtemp(join(tmpdir(), 'stream-scorer-wild-'));
    await mkdir(join(folder, '1'));
    await copyFile('test/models/data/wide.onnx', join(folder, '1', 'model.onnx'));
    const sha256 = createHash('sha256')
      .update(await readFile('test/models/data/wide.onnx'))
      .digest('hex');
    await writeFile(
      join(folder, '1', 'model.yaml'),
      `file: model.onnx\nsha256: ${sha256}\n${COLUMNS}`,
    );
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
    await world.close();
  });

  /** Registers a schema that refers to the newest one of another subject, as producers do. */
  async function registerReferring(
    subject: string,
    schema: object,
    name: string,
    to: string,
  ): Promise<number> {
    const references = [{ name, subject: to, version: 1 }];
    const response = await fetch(`${world.registryUrl}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schemaType: 'AVRO', schema: JSON.stringify(schema), references }),
    });
    expect(response.status).toBe(200);
    return ((await response.json()) as { id: number }).id;
  }

  it('become the columns that model.yaml says, and bad ones are dead letters', async () => {
    const items = `${world.name}-item`;
    await world.registry.register(items, ITEM);
    const id = await registerReferring(
      `${world.input}-value`,
      eventWith('shop.Item'),
      'shop.Item',
      items,
    );
    const type = avro.Type.forSchema(eventWith(ITEM) as never, { wrapUnions: true });
    const written = CASES.map(([event], i) => type.toBuffer({ id: `o${i}`, ...event }));
    const nested = type.toBuffer({
      id: 'o2',
      ...CASES[1]![0],
      parent: { 'shop.Order': { id: 'o', ...CASES[0]![0] } },
    });
    const tooLong = type.toBuffer({ id: 'o3', ...CASES[0]![0], embedding: [1, 2, 3, 4] });
    await world.produce(
      0,
      [...written, nested, tooLong].map((bytes) => framed(id, bytes)),
    );

    const config = configOf(world).replace(/dir: .*? }/, `dir: ${folder} }`);
    const report = await configuredHere(config, ['check']);
    expect([report.err, report.code]).toEqual(['', 0]);
    expect(report.out).toMatch(
      /4–5 {2}channel +enum shop\.Channel {2}one column for each of 2 values, others set none/,
    );
    expect(report.out).toMatch(/8–10 {2}embedding +array {2}vector of 3/);

    const scorer = await Here.running(config);
    await eventually(
      () => world.committed(),
      (offsets) => offsets[0] === 4 || scorer.over,
    );
    expect((await scorer.stop()).code).toBe(0);
    const scores = (await world.readScores()).map(({ score }) => score);
    const withParent = [...CASES[1]![1].slice(0, -1), 2];
    const expected = [...CASES.map(([, columns]) => columns), withParent].map((columns) =>
      columns.reduce((sum, value, i) => sum + (i + 1) * value, 0),
    );
    expect(scores).toHaveLength(3);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(expected[i]!, 9);
    });
    const [letter] = await world.readAll(world.dead);
    expect(String(letter!.headers['__connect.errors.exception.class.name'])).toBe('FIELD_TYPE');
    expect(String(letter!.headers['__connect.errors.exception.message'])).toBe(
      'embedding has more than 3 elements',
    );
  });
});

// `npm run bench -- policy`: what a policy costs for each event, and how much memory its list takes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import avro from 'avsc';
import { compilePolicy, type Policy } from '../src/decide/compile-policy.ts';
import { createDecide } from '../src/decide/decide.ts';
import { openFileList } from '../src/decide/lists/file-list.ts';
import type { KeyList } from '../src/decide/lists/key-list.ts';
import { parseSchema } from '../src/decode/avro-schema.ts';
import { createDecoder } from '../src/decode/decoder.ts';
import { Schemas } from '../src/decode/schemas.ts';
import type { Batch } from '../src/flow/batch.ts';
import type { PolicySettings } from '../src/flow/policy-settings.ts';
import { RecordView } from '../src/flow/record-view.ts';
import { shareProjection, type ProjectedField } from '../src/flow/projection.ts';
import type { Scores } from '../src/flow/scores.ts';

const KEYS = 1_000_000;
const ROWS = 1024;
const BATCHES = 32;
const ROUNDS = 15;

const field = (name: string, type: unknown) => ({ name, type });
const SCHEMA = {
  type: 'record',
  name: 'Payment',
  fields: [
    field('id', 'string'),
    field('amount', 'double'),
    field('country', 'string'),
    field('channel', 'string'),
    field('tier', ['null', 'string']),
    field('count', 'long'),
    field('cardId', 'string'),
  ],
};
/** What the model reads. */
const FEATURES: readonly ProjectedField[] = ['amount', 'count'].map((path) => ({
  path,
  as: 'number',
  optional: false,
}));
const BANDS = [{ upTo: 0.5, decision: 'APPROVE' }, { decision: 'REJECT' }];
const cardOf = (number: number): string => `card-${String(number).padStart(11, '0')}`;

/** Twenty rules, as people write them: few events are subject to one. */
const conditions = (i: number): string =>
  [
    `event.amount > ${900 + i}.0 && event.country in ["XX", "YY"]`,
    `event.country == "Q${i}" || event.channel == "w${i}"`,
    `event.count > ${990 + i} && event.amount > 10.0`,
    `has(event.tier) && event.tier == "gold${i}" && event.amount / double(event.count + 1) > 500.0`,
    `segment == "high" && event.channel.startsWith("z")`,
  ][i % 5]!;
const SETTINGS: PolicySettings = {
  policy: 'bench',
  bands: BANDS,
  segments: [
    { name: 'high', when: 'event.amount >= 500.0', bands: BANDS },
    { name: 'fr', when: 'event.country == "FR"', bands: BANDS },
    { name: 'web', when: 'event.channel == "web"', bands: BANDS },
  ],
  rules: Array.from({ length: 20 }, (_, i) => ({
    name: `rule-${i}`,
    stage: 'after',
    when: conditions(i),
    decision: 'REVIEW',
    shadow: i === 7,
  })),
  lists: [{ name: 'cards', key: 'event.cardId', file: 'cards.txt', decision: 'REJECT' }],
};

/** What works on batches with a policy. `reads`: another policy, whose fields are read, too. */
function worker(
  policy: Policy,
  list: KeyList,
  reads = policy,
): (batch: Batch, scores: Scores) => Promise<void> {
  const reader = parseSchema(SCHEMA);
  const { projection, stream } = shareProjection(
    [FEATURES],
    reads.fields.map(({ projected }) => projected),
    [],
  );
  const registry = { byId: () => Promise.resolve(reader) };
  const rest = { registry, types: undefined, unknownIdRetryMs: 0, badIds: undefined };
  const schemas = new Schemas({ reader, projection, carry: [], now: Date.now, ...rest });
  const decode = createDecoder({ projection, schemas: new Map([['in', schemas]]) });
  const decide = createDecide(policy, stream, { list: () => list });
  return async (batch, scores) => {
    decide(await decode(batch), scores);
  };
}

function batches(): Batch[] {
  const type = avro.Type.forSchema(SCHEMA as never);
  const any = <T>(...values: readonly T[]): T => values[Math.floor(Math.random() * values.length)]!;
  const event = (): Buffer => {
    const tier = any(null, any('gold', 'silver'));
    const [amount, count] = [Math.random() * 1000, Math.floor(Math.random() * 1000)];
    const cardId = cardOf(Math.floor(Math.random() * 100 * KEYS));
    // What rules look for is rare, but most batches have it.
    const rare = Math.random() < 0.01;
    const country = rare ? any('XX', 'Q1', 'Q6') : any('FR', 'DE', 'IT', 'US');
    const channel = rare ? any('w1', 'zoo') : any('web', 'pos', 'app');
    const rest = { country, channel };
    const bytes = type.toBuffer({ id: 'some-id', amount, tier, count, cardId, ...rest });
    return Buffer.concat([Buffer.of(0, 0, 0, 0, 1), bytes]);
  };
  return Array.from({ length: BATCHES }, () => {
    const values = Array.from({ length: ROWS }, event);
    const block = Buffer.concat(values); // as it was fetched
    let end = 0;
    const records = values.map(({ length }, offset) => {
      const start = end;
      end += length;
      return new RecordView(offset, 0, undefined, block, -1, -1, start, end);
    });
    return { topic: 'in', partition: 0, records, closedBy: 'size' };
  });
}

function compiled(settings: PolicySettings): Policy {
  const result = compilePolicy(settings, parseSchema(SCHEMA));
  if ('policy' in result) return result.policy;
  throw new Error(JSON.stringify(result.problems));
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

const memory = (): number => {
  globalThis.gc?.();
  return process.memoryUsage().rss;
};

/** Prints what it measures. CPU time, because the machine may do other things. */
export async function measurePolicy(say: (line: string) => void): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-policy-'));
  try {
    const file = join(folder, 'cards.txt');
    await writeFile(file, Array.from({ length: KEYS }, (_, i) => `${cardOf(100 * i)}\n`).join(''));
    const before = memory();
    const events = { rejected: () => undefined, away: () => undefined };
    const list = await openFileList({ file, where: '', watchMs: 0, events });
    const after = memory();
    say(`a list of ${list.size} keys: ${((after - before) / 1e6).toFixed(0)} MB of RSS more`);

    const whole = compiled(SETTINGS);
    const onlyBands = compiled({ policy: 'bench', bands: BANDS });
    const { lists: _, ...rules } = SETTINGS;
    const subjects = {
      bands: worker(onlyBands, list),
      reading: worker(onlyBands, list, whole),
      rules: worker(compiled(rules), list, whole),
      whole: worker(whole, list),
    };
    const given = batches();
    const scores: Scores = {
      models: [{ name: 'm', version: '1', sha256: '' }],
      modelOf: null,
      score: Float64Array.from({ length: ROWS }, () => Math.random()),
      classes: null,
      perClass: null,
    };
    const round = async (work: ReturnType<typeof worker>): Promise<number> => {
      const { user, system } = process.cpuUsage();
      for (let again = 0; again < 8; again++) for (const batch of given) await work(batch, scores);
      const used = process.cpuUsage();
      return (used.user + used.system - user - system) / (8 * BATCHES * ROWS);
    };
    const all = Object.entries(subjects).map(([name, work]) => ({
      name,
      work,
      took: [] as number[],
    }));
    for (let i = 0; i < ROUNDS; i++) for (const { work, took } of all) took.push(await round(work));
    const [plain, reading, withRules, withAll] = all.map(({ took }) => median(took)) as [
      number,
      number,
      number,
      number,
    ];
    const cost = (what: string, micros: number): void => {
      say(`${what}: ${micros.toFixed(3)} µs an event`);
    };
    cost('decode and decide, bands alone', plain);
    cost('with 20 rules, 3 segments and the list', withAll);
    cost('the policy', withAll - plain);
    cost('  of it, reading five more fields', reading - plain);
    cost('  of it, 20 rules and 3 segments', withRules - reading);
    cost('  of it, the list', withAll - withRules);
  } finally {
    await rm(folder, { recursive: true });
  }
}

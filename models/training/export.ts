// Writes what train.py reads: the features exactly as the service computes them (float32), and what
// is known afterwards.
//   node models/training/export.ts FOLDER                 features.f32 (rows × 15), scenario.u8, day.i32, customer.i32
//   node models/training/export.ts FOLDER --since DAY      the events from that day on as since.jsonl, and event.avsc, for `profile`
//   node models/training/export.ts FOLDER --events FILE   the events whose row numbers FILE lists (JSON), as events.jsonl
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { timePart } from '../../src/map/time-part.ts';
import { simulate } from '../../src/demo/simulate/simulator.ts';
import { TRANSACTION_SCHEMA, type Transaction } from '../../src/demo/simulate/transaction.ts';

const options = JSON.parse(await readFile(new URL('world.json', import.meta.url), 'utf8')) as Parameters<typeof simulate>[0];
const DAY_MS = 86_400_000;
const isWeekend = timePart('isWeekend');
const hourOfDay = timePart('hourOfDay');

/** In the order of `inputs.features` in model.yaml. */
function features({ amount, eventTime, features: f }: Transaction): number[] {
  return [
    amount,
    isWeekend(eventTime),
    hourOfDay(eventTime),
    f.customerCount1d,
    f.customerMeanAmount1d,
    f.customerCount7d,
    f.customerMeanAmount7d,
    f.customerCount30d,
    f.customerMeanAmount30d,
    f.terminalCount1d,
    f.terminalRisk1d ?? 0,
    f.terminalCount7d,
    f.terminalRisk7d ?? 0,
    f.terminalCount30d,
    f.terminalRisk30d ?? 0,
  ];
}

const [folder, flag, list] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: export.ts FOLDER [--events FILE]');
await mkdir(folder, { recursive: true });

if (flag === '--events') {
  const wanted = new Set(JSON.parse(await readFile(list!, 'utf8')) as number[]);
  const out = createWriteStream(join(folder, 'events.jsonl'));
  let row = 0;
  for (const { event } of simulate(options)) if (wanted.has(row++)) out.write(`${JSON.stringify(event)}\n`);
  out.end();
  await once(out, 'finish');
} else if (flag === '--since') {
  await writeFile(join(folder, 'event.avsc'), JSON.stringify(TRANSACTION_SCHEMA));
  const out = createWriteStream(join(folder, 'since.jsonl'));
  const since = options.start + Number(list) * DAY_MS;
  for (const { event } of simulate(options)) {
    if (event.eventTime >= since && !out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
} else {
  const rows: number[] = [];
  const scenario: number[] = [];
  const day: number[] = [];
  const customer: number[] = [];
  for (const { event, scenario: which } of simulate(options)) {
    for (const value of features(event)) rows.push(value);
    scenario.push(which);
    day.push(Math.floor((event.eventTime - options.start) / DAY_MS));
    customer.push(Number(event.customerId.slice(1)));
  }
  await writeFile(join(folder, 'features.f32'), Float32Array.from(rows));
  await writeFile(join(folder, 'scenario.u8'), Uint8Array.from(scenario));
  await writeFile(join(folder, 'day.i32'), Int32Array.from(day));
  await writeFile(join(folder, 'customer.i32'), Int32Array.from(customer));
  console.log(`${scenario.length} transactions`);
}

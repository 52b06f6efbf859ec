import avro from 'avsc';
import type { Message } from 'kafkajs';
import { DEMO_WORLD } from '../src/demo/simulate/demo-world.ts';
import { Random } from '../src/demo/simulate/random.ts';
import { simulate } from '../src/demo/simulate/simulator.ts';
import { TRANSACTION_SCHEMA } from '../src/demo/simulate/transaction.ts';
import type { Fate } from './ledger.ts';

const DIFFERENT_EVENTS = 500;
const KEYS_PER_PARTITION = 100;
/** Share of events that no retry could help. */
const BAD_SHARE = 0.01;
const WIRE_PREFIX_BYTES = 5;

/**
 * A version of the events' schema: the first, and ones with more fields at the end, of one byte
 * each.
 */
export interface SchemaVersion {
  readonly id: number;
  readonly moreFields: number;
}

/** The events' schema with so many integers more. */
export function schemaWith(moreFields: number): object {
  const more = Array.from({ length: moreFields }, (_, i) => ({
    name: `more${i}`,
    type: 'int',
    default: 0,
  }));
  return { ...TRANSACTION_SCHEMA, fields: [...TRANSACTION_SCHEMA.fields, ...more] };
}

/** Endless events: simulated transactions over and over, some of them broken on purpose. */
export class Events {
  readonly #bodies: readonly Buffer[];
  readonly #random: Random;
  schema: SchemaVersion;

  constructor(seed: number, schema: SchemaVersion) {
    const type = avro.Type.forSchema(TRANSACTION_SCHEMA as never);
    const bodies: Buffer[] = [];
    for (const { event } of simulate(DEMO_WORLD)) {
      bodies.push(type.toBuffer(event));
      if (bodies.length === DIFFERENT_EVENTS) break;
    }
    this.#bodies = bodies;
    this.#random = new Random(seed);
    this.schema = schema;
  }

  next(partition: number): Message {
    const key = `k${this.#random.index(KEYS_PER_PARTITION)}`;
    const body = this.#bodies[this.#random.index(this.#bodies.length)]!;
    const { id, moreFields } = this.schema;
    const value = Buffer.alloc(WIRE_PREFIX_BYTES + body.length + moreFields);
    value.writeUInt32BE(id, 1);
    body.copy(value, WIRE_PREFIX_BYTES);
    if (this.#random.next() >= BAD_SHARE) return { key, value, partition };
    return { key, value: this.#random.next() < 0.5 ? truncated(value) : foreign(value), partition };
  }
}

/** What has to become of an event as it lies in the topic. */
export function fateOf(value: Buffer): Fate {
  return value[0] === 0 && value.length > SHORTEST_GOOD ? 'score' : 'dead';
}

export function keyOf(key: Buffer): number {
  return Number(key.toString().slice(1));
}

/** No transaction is as short. */
const SHORTEST_GOOD = 20;

const truncated = (value: Buffer): Buffer => value.subarray(0, SHORTEST_GOOD);

/** Not in the registry's wire format. */
function foreign(value: Buffer): Buffer {
  value[0] = 7;
  return value;
}

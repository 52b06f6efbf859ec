import avro from 'avsc';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { jsonText } from '../../../src/decode/json-text.ts';
import { encodeDriftCounts } from '../../../src/encode/drift-encoder.ts';
import { driftSchema } from '../../../src/encode/drift-schema.ts';
import type { DriftCounts } from '../../../src/flow/drift-counts.ts';

const SCHEMA = driftSchema({ namespace: 'acme' });
const type = avro.Type.forSchema(SCHEMA as never);
const REPORT: DriftCounts = {
  instance: 'host-1',
  sequence: 70_000,
  model: { name: 'fraud', version: '2', sha256: 'ab' },
  bins: 'cd',
  countedFrom: 1_700_000_000_000,
  countedTo: 1_700_000_060_000,
  hourOfWeek: 167,
  firstEvent: -5,
  events: 3_000_000_000,
  series: [
    { name: 'amount', bins: { missing: 1, '< 0.5': 2_999_999_999 } },
    { name: 'país', bins: {} },
  ],
  alarms: [
    { series: 'amount', change: 'higher', since: null, raisedAt: 7, endedAt: 9 },
    { series: 'país', change: 'more = ñ', since: 5, raisedAt: 7, endedAt: null },
  ],
};

describe('the report of drift', () => {
  it.each([
    ['with everything', REPORT],
    ['with nothing', { ...REPORT, hourOfWeek: null, firstEvent: null, series: [], alarms: [] }],
  ])('%s is Avro of its schema, as avsc reads it', (_what, report) => {
    const { key, value } = encodeDriftCounts(300, report);
    expect(key).toEqual(Buffer.from('host-1/70000'));
    expect([value![0], value!.readUInt32BE(1)]).toEqual([0, 300]);
    const read: unknown = type.fromBuffer(value!.subarray(5));
    expect(JSON.parse(JSON.stringify(read))).toEqual(report);
    expect(JSON.parse(jsonText(parseSchema(SCHEMA))(value!.subarray(5)))).toEqual(report);
  });
});

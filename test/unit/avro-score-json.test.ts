import avro from 'avsc';
import { scoreJson } from '../../src/compose/avro-score-json.ts';

describe('a score record as JSON', () => {
  it('has longs with all digits and bytes as text, and never throws', () => {
    const schema = {
      type: 'record',
      name: 'R',
      fields: [
        { name: 'big', type: ['null', 'long'] },
        { name: 'small', type: 'long' },
        { name: 'bytes', type: 'bytes' },
        { name: 'nan', type: 'double' },
      ],
    };
    const max = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
    const rest = avro.Type.forSchema('double').toBuffer(NaN);
    const value = Buffer.concat([Buffer.from([2]), max, Buffer.from([3, 4, 0x41, 0xff]), rest]);
    expect(scoreJson(schema)(value)).toBe(
      '{"big":9223372036854775807,"small":-2,"bytes":"Aÿ","nan":null}',
    );
  });
});

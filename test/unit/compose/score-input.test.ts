import { Readable } from 'node:stream';
import { parseSchema } from '../../../src/decode/avro-schema.ts';
import { openEvents } from '../../../src/compose/score-input.ts';
import { gathered } from '../../support/gathered.ts';

const reader = parseSchema({
  type: 'record',
  name: 'Event',
  fields: [{ name: 'f', type: 'string' }],
});

it('a line that is not UTF-8 is a wrong event, and those around it are not', async () => {
  const lines = Buffer.concat([
    Buffer.from('{"f":"a"}\n{"f":"'),
    Buffer.of(0xff),
    Buffer.from('"}\n{"f":"é"}\n'),
  ]);
  const { entries } = await openEvents(Readable.from([lines]), 'jsonl', reader, 'in.jsonl');
  expect(await gathered(entries)).toEqual([
    { index: 0, avro: Buffer.from('\u0002a', 'latin1') },
    { index: 1, stage: 'decode', code: 'INPUT_INVALID', message: 'the line is not UTF-8' },
    { index: 2, avro: Buffer.concat([Buffer.of(4), Buffer.from('é')]) },
  ]);
});

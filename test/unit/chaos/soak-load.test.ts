import avro from 'avsc';
import { BLOB, enlarged } from '../../../chaos/soak-load.ts';

it('puts a large blob in the place of an empty one, as Avro writes it', () => {
  const type = avro.Type.forSchema({
    type: 'record',
    name: 'R',
    fields: [{ name: 'a', type: 'string' }, BLOB],
  } as never);
  const large = type.fromBuffer(enlarged(type.toBuffer({ a: 'x', blob: Buffer.alloc(0) }))) as {
    a: string;
    blob: Buffer;
  };
  expect([large.a, large.blob.length]).toEqual(['x', 100_000]);
});

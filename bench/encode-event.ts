import avro from 'avsc';
import { TRANSACTION_SCHEMA, type Transaction } from '../src/demo/simulate/transaction.ts';
import { wirePrefix } from '../src/flow/wire-prefix.ts';

/**
 * Encodes events as the registry's wire format has it: a zero byte, the schema's id, the Avro body.
 */
export function eventEncoder(schemaId: number): (event: Transaction) => Buffer {
  const type = avro.Type.forSchema(TRANSACTION_SCHEMA as never);
  const prefix = wirePrefix(schemaId);
  return (event) => Buffer.concat([prefix, type.toBuffer(event)]);
}

/** Deals customers to partitions in turn, each always to the same one. */
export function dealer(partitions: number): (customer: string) => number {
  const dealt = new Map<string, number>();
  return (customer) => {
    const partition = dealt.get(customer) ?? dealt.size % partitions;
    dealt.set(customer, partition);
    return partition;
  };
}

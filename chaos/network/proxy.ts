import type { Started } from '../../src/runtime/lifecycle.ts';
import { freePorts } from '../../src/demo/stack/free-ports.ts';
import type { Address } from './addresses.ts';
import { Gate } from './gate.ts';
import { ArmedRules, type Slow } from './rules.ts';

/** All ways of one replica. */
export interface Row {
  readonly rules: ArmedRules;
  /** By broker. */
  readonly gates: readonly Gate[];
  /** What the replica is told to connect to. */
  readonly brokers: readonly string[];
}

export interface Proxy {
  readonly rows: readonly Row[];
  /** What the proxy did not understand. */
  readonly troubles: readonly string[];
}

/**
 * Starts a gate for each replica and broker. A replica sees the gates of its row, and never a
 * broker's own address.
 */
export async function startProxy(
  brokers: readonly string[],
  replicas: number,
  say: (line: string) => void,
  slow: Slow = {},
): Promise<Started<Proxy>> {
  const ports = await freePorts(brokers.length * replicas);
  const troubles: string[] = [];
  const behind = brokers.map(addressOf);
  const rows = Array.from({ length: replicas }, (_, replica): Row => {
    const rules = new ArmedRules(slow);
    const own = ports.slice(replica * brokers.length, (replica + 1) * brokers.length);
    const readdress = ({ host, port }: Address): Address | undefined => {
      if (port < 0) return undefined; // no coordinator is known
      const broker = behind.findIndex((address) => address.host === host && address.port === port);
      if (broker < 0) throw new Error(`an answer names ${host}:${port}, which no gate leads to`);
      return gates[broker]!.address;
    };
    const onTrouble = ({ message }: Error): void => {
      troubles.push(message);
      say(`the proxy: ${message}`);
    };
    const gates = behind.map(
      (broker, index) => new Gate({ port: own[index]!, broker, rules, readdress, onTrouble }),
    );
    return { rules, gates, brokers: gates.map(({ address }) => `${address.host}:${address.port}`) };
  });
  const gates = rows.flatMap((row) => row.gates);
  await Promise.all(gates.map((gate) => gate.listen()));
  const stop = (): Promise<void> => {
    for (const gate of gates) gate.close();
    return Promise.resolve();
  };
  return { value: { rows, troubles }, stop };
}

function addressOf(broker: string): Address {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}

import { createRequire } from 'node:module';
import { rewriteAnswer, UnknownForm, type Address } from '../../../../chaos/network/addresses.ts';
import { APIS } from '../../../../chaos/network/frames.ts';

const require = createRequire(import.meta.url);

const int16 = (value: number): Buffer => Buffer.from([(value >> 8) & 255, value & 255]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value & 0xffff)]);
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);
const NULL = int16(-1);

function answer(...body: Buffer[]): Buffer {
  const bytes = Buffer.concat([int32(7), ...body]);
  return Buffer.concat([int32(bytes.length), bytes]);
}

/** What kafkajs reads in an answer of ours. */
async function read(api: string, version: number, bytes: Buffer): Promise<Record<string, unknown>> {
  const { decode } = require(`kafkajs/src/protocol/requests/${api}/v${version}/response`) as {
    decode: (body: Buffer) => Promise<Record<string, unknown>>;
  };
  expect(bytes.readInt32BE(0)).toBe(bytes.length - 4);
  return decode(bytes.subarray(8));
}

const proxied = ({ host, port }: Address): Address => ({
  host: `a-longer-name.${host}`,
  port: port + 10_000,
});

describe('the addresses in an answer', () => {
  it.each([0, 1, 2, 3, 4, 5, 6])(
    'of Metadata %d are the proxy’s, and the rest is as it was',
    async (version) => {
      const rack = version >= 1 ? [NULL] : [];
      const throttle = version >= 3 ? [int32(5)] : [];
      const cluster = version >= 2 ? [text('cluster')] : [];
      const controller = version >= 1 ? [int32(2)] : [];
      const brokers = [
        int32(1),
        text('one'),
        int32(9092),
        ...rack,
        int32(2),
        text('two'),
        int32(9093),
        ...rack,
      ];
      const given = answer(...throttle, int32(2), ...brokers, ...cluster, ...controller, int32(0));
      const seen = rewriteAnswer({ key: APIS.Metadata, version, correlationId: 7 }, given, proxied);
      expect(await read('metadata', version, seen)).toMatchObject({
        brokers: [
          { nodeId: 1, host: 'a-longer-name.one', port: 19092 },
          { nodeId: 2, host: 'a-longer-name.two', port: 19093 },
        ],
        ...(version >= 2 ? { clusterId: 'cluster' } : {}),
        topicMetadata: [],
      });
    },
  );

  it('of Metadata 9 to 12 are the proxy’s, around tagged fields', () => {
    const compact = (value: string): Buffer =>
      Buffer.from([value.length + 1, ...Buffer.from(value)]);
    const tagged = Buffer.from([1, 0, 2, 9, 9]); // one field, its number, two bytes
    const given = (host: string, port: number): Buffer =>
      answer(
        tagged,
        int32(5),
        Buffer.from([2]),
        int32(1),
        compact(host),
        int32(port),
        Buffer.from([0]),
        tagged,
        compact('rest'),
      );
    for (const version of [9, 10, 11, 12]) {
      const seen = rewriteAnswer(
        { key: APIS.Metadata, version, correlationId: 7 },
        given('one', 9092),
        proxied,
      );
      expect(seen).toEqual(given('a-longer-name.one', 19092));
    }
  });

  it.each([0, 1, 2])('of FindCoordinator %d are the proxy’s', async (version) => {
    const more = version >= 1 ? [int32(5), int16(0), NULL] : [int16(0)];
    const given = answer(...more, int32(3), text('three'), int32(9094));
    const seen = rewriteAnswer(
      { key: APIS.FindCoordinator, version, correlationId: 7 },
      given,
      proxied,
    );
    expect(await read('findCoordinator', version === 0 ? 0 : 1, seen)).toMatchObject({
      coordinator: { nodeId: 3, host: 'a-longer-name.three', port: 19094 },
    });
  });

  it('stay where they are none of the proxy’s, and other answers are not looked into', () => {
    const given = answer(int16(15), int32(-1), text(''), int32(-1));
    const key = APIS.FindCoordinator;
    expect(rewriteAnswer({ key, version: 0, correlationId: 7 }, given, () => undefined)).toBe(
      given,
    );
    expect(rewriteAnswer({ key: APIS.Fetch, version: 11, correlationId: 7 }, given, proxied)).toBe(
      given,
    );
  });

  it.each([
    [APIS.Metadata, 13],
    [APIS.FindCoordinator, 3],
  ])(
    'of a version that is not known (%d, %d) are an error: a client would go around the proxy',
    (key, version) => {
      expect(() => rewriteAnswer({ key, version, correlationId: 7 }, answer(), proxied)).toThrow(
        UnknownForm,
      );
    },
  );
});

import { readdress } from '../../../chaos/throttle.ts';

it('names the way through the throttle wherever an answer names the broker', () => {
  const address = (port: number): Buffer =>
    Buffer.concat([Buffer.from('127.0.0.1'), Buffer.from([0, 0, port >> 8, port & 255])]);
  const answer = Buffer.concat([
    Buffer.from('a'),
    address(9092),
    Buffer.from('b'),
    address(9093),
    address(9092),
  ]);
  readdress(answer, '127.0.0.1', 9092, 4000);
  expect(answer).toEqual(
    Buffer.concat([
      Buffer.from('a'),
      address(4000),
      Buffer.from('b'),
      address(9093),
      address(4000),
    ]),
  );
});

import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems use for outgoing connections (from 32768 on). Such a port could be
 * taken while its broker is stopped, even by a client that tries to reach this broker and connects
 * to itself.
 */
const LOWEST = 16_384;
const HIGHEST = 32_767;

/** Unused ports of 127.0.0.1, all different. They are held until all are found. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  const span = HIGHEST - LOWEST + 1;
  const first = randomInt(span); // two stacks that start at the same time must not try the same ports
  try {
    for (let i = 0; i < span && held.size < count; i++) {
      const port = LOWEST + ((first + i) % span);
      const server = await listen(port);
      if (server !== undefined) held.set(port, server);
    }
    if (held.size < count)
      throw new Error(`fewer than ${count} ports are free from ${LOWEST} to ${HIGHEST}`);
    return [...held.keys()];
  } finally {
    await Promise.all(
      [...held.values()].map((server) => new Promise((resolve) => server.close(resolve))),
    );
  }
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen(port, '127.0.0.1', () => {
      resolve(server);
    });
  });
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { ScorerError, type Problem } from '../errors.ts';

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** Why the program cannot listen there, or nothing. Nothing stays open. Port 0 is always free. */
export async function probePort({ host, port }: HttpAddress): Promise<readonly Problem[]> {
  if (port === 0) return [];
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, 'listening');
    return [];
  } catch (error) {
    return listenError(error as NodeJS.ErrnoException, host, port).problems;
  } finally {
    server.close();
  }
}

export function listenError(error: NodeJS.ErrnoException, host: string, port: number): ScorerError {
  if (error.code === 'EADDRINUSE') {
    const what = `another program listens on ${host}:${port}`;
    return new ScorerError(
      { code: 'HTTP_PORT_IN_USE', what, where: 'http.port' },
      { cause: error },
    );
  }
  const what = `cannot listen on ${host}:${port}: ${error.code ?? error.message}`;
  const where = error.code === 'EACCES' ? 'http.port' : 'http.host';
  return new ScorerError({ code: 'HTTP_ADDRESS', what, where }, { cause: error });
}

import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { routesBy } from '../../../src/compose/routes.ts';
import type { Route } from '../../../src/flow/http.ts';
import { SILENT } from '../../../src/observe/logger.ts';
import type { Started } from '../../../src/runtime/lifecycle.ts';
import { startHttp } from '../../../src/serve/http-server.ts';
import type { HttpAddress } from '../../../src/serve/probe-port.ts';
import { answerSupervisor } from '../../../src/supervise/answer.ts';
import { MAX_OPEN } from '../../../src/supervise/forward.ts';
import type { Child } from '../../../src/supervise/member.ts';
import type { FromMember, ToMember } from '../../../src/supervise/messages.ts';
import { ProcessGroup } from '../../../src/supervise/supervisor.ts';
import { eventually } from '../../support/eventually.ts';

/** What a message is on the other side of a channel between processes. */
const acrossChannel = <T>(message: T): T => deserialize(serialize(message)) as T;

/** A process without one: a member's side of the channel, run here. */
class LocalMember extends EventEmitter {
  readonly connected = true;
  readonly pid = 1;
  readonly #inner = new EventEmitter();
  ready: string | undefined;

  constructor(routes: readonly Route[]) {
    super();
    const say = (message: FromMember): void => {
      this.emit('message', acrossChannel(message));
    };
    answerSupervisor(
      {
        send: say,
        listen: (onMessage) => this.#inner.on('message', onMessage),
      },
      Promise.resolve({
        health: { live: () => undefined, ready: () => this.ready },
        metrics: { getMetricsAsJSON: () => Promise.resolve([]) },
        routes,
      }),
      { stop: () => undefined, join: () => undefined },
    );
    setImmediate(() => {
      say({ kind: 'started' });
    });
  }

  send(message: ToMember): boolean {
    this.#inner.emit('message', acrossChannel(message));
    return true;
  }

  kill(): boolean {
    return true;
  }

  end(): void {
    this.emit('exit', 1, null);
  }
}

describe('a route of a supervisor', () => {
  const ECHO = { method: 'POST', path: '/echo/:name', bodyLimitBytes: 100 } as const;
  let server: Started<HttpAddress> | undefined;
  let group: ProcessGroup | undefined;
  const held: PromiseWithResolvers<undefined>[] = [];
  afterEach(async () => {
    for (const { resolve } of held.splice(0)) resolve(undefined);
    group?.stop();
    await server?.stop();
    server = undefined;
  });

  /** A supervisor of two members that both answer the route, each by its number. */
  async function supervise({ hold = false, token }: { hold?: boolean; token?: string } = {}) {
    const members: LocalMember[] = [];
    const answers: number[] = [];
    group = new ProcessGroup({
      processes: 2,
      logger: SILENT,
      start: (place) => {
        const handle: Route['handle'] = async ({ params, body }) => {
          answers.push(place);
          if (hold) {
            const until = Promise.withResolvers<undefined>();
            held.push(until);
            await until.promise;
          }
          if (params['name'] === 'fails') throw new Error('a secret');
          return {
            status: 201,
            headers: { 'content-type': 'text/plain' },
            body: `${place} ${params['name']!} ${Buffer.from(body ?? []).toString()}`,
          };
        };
        const member = new LocalMember([{ ...ECHO, handle }]);
        members.push(member);
        return member as unknown as Child;
      },
    });
    server = await startHttp({
      host: '127.0.0.1',
      port: 0,
      token,
      health: group,
      metrics: { contentType: 'text/plain', metrics: () => Promise.resolve('') },
      routes: routesBy([ECHO], (route, request) => group!.request(route, request)),
    });
    const { host, port } = server.value;
    const post = async (name: string, body = 'hello', headers: Record<string, string> = {}) => {
      const url = `http://${host}:${port}/echo/${name}`;
      const response = await fetch(url, { method: 'POST', body, headers });
      return { status: response.status, text: await response.text(), headers: response.headers };
    };
    return { members, answers, post, group };
  }

  const allReady = (supervisor: ProcessGroup): Promise<unknown> =>
    eventually(
      () => supervisor.ready(),
      (why) => why === undefined,
    );

  it('is answered 503 while no process is ready, and by one that is', async () => {
    const { post, group: supervisor, members } = await supervise();
    const early = await post('x');
    expect([early.status, early.text]).toEqual([503, 'no process is ready\n']);
    expect(early.headers.get('retry-after')).toBe('1');
    supervisor.start();
    await allReady(supervisor);
    expect(await post('x', 'ä')).toMatchObject({
      status: 201,
      text: expect.stringMatching(/^[01] x ä$/) as string,
    });
    members[0]!.ready = 'waiting: BROKER_UNAVAILABLE';
    await supervisor.ready();
    for (let i = 0; i < 3; i++) expect((await post('y')).text).toBe('1 y hello');
  });

  it('goes to the process with the fewest open, and no further where all have enough', async () => {
    const { post, group: supervisor, answers } = await supervise({ hold: true });
    supervisor.start();
    await allReady(supervisor);
    const open = Array.from({ length: 2 * MAX_OPEN }, () => post('x'));
    await eventually(
      () => answers.length,
      (count) => count === 2 * MAX_OPEN,
    );
    expect(answers.filter((place) => place === 0)).toHaveLength(MAX_OPEN);
    const refused = await post('x');
    expect([refused.status, refused.text]).toEqual([
      503,
      'every process is busy with other requests\n',
    ]);
    for (const { resolve } of held.splice(0)) resolve(undefined);
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual(
      Array.from({ length: 2 * MAX_OPEN }, () => 201),
    );
  });

  it('is answered 503 where the process ends that was asked', async () => {
    const { post, group: supervisor, answers, members } = await supervise({ hold: true });
    supervisor.start();
    await allReady(supervisor);
    const asked = post('x');
    await eventually(
      () => answers.length,
      (count) => count === 1,
    );
    members[answers[0]!]!.end();
    expect((await asked).status).toBe(503);
  });

  it('says nothing of what a route failed with, and takes no longer body than it may have', async () => {
    const { post, group: supervisor } = await supervise();
    supervisor.start();
    await allReady(supervisor);
    const failed = await post('fails');
    expect([failed.status, failed.text]).toEqual([500, 'the request failed\n']);
    expect((await post('x', 'a'.repeat(101))).status).toBe(413);
  });

  it('asks for the token', async () => {
    const { post, group: supervisor } = await supervise({ token: 'secret' });
    supervisor.start();
    await allReady(supervisor);
    expect((await post('x')).status).toBe(401);
    expect((await post('x', 'y', { authorization: 'Bearer secret' })).status).toBe(201);
  });
});

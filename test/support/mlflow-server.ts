import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { SwitchableServer } from './switchable-server.ts';

/** A server with the models of scripts/goldens/mlflow_answers.py. */
export interface MlflowServer {
  readonly url: string;
  stop(): Promise<void>;
}

interface Recorded {
  readonly answers: Readonly<
    Record<string, { readonly status: number; readonly type: string; readonly base64: string }>
  >;
}

/** What a real server answered when scripts/goldens/mlflow_answers.py asked it. */
export async function recordedMlflow(): Promise<MlflowServer> {
  const text = await readFile(resolve('test/data/mlflow-answers.json'), 'utf8');
  const { answers } = JSON.parse(text) as Recorded;
  const server = await new SwitchableServer((request, response) => {
    const answer = answers[request.url!];
    if (answer === undefined) {
      response.writeHead(500).end(`nobody has asked for ${request.url} when this was recorded`);
      return;
    }
    const body = Buffer.from(answer.base64, 'base64');
    response.writeHead(answer.status, { 'content-type': answer.type }).end(body);
  }).start();
  return { url: server.url, stop: () => server.stop() };
}

/** The Python of this machine that has MLflow: MLFLOW_PYTHON names it, or it is on the path. */
export function mlflowPython(): string | undefined {
  const { MLFLOW_PYTHON: named, PATH } = process.env;
  if (named !== undefined) return named;
  const probe = ['-c', 'import importlib.util as i, sys; sys.exit(i.find_spec("mlflow") is None)'];
  const found = spawnSync('python3', probe, { env: { PATH }, stdio: 'ignore' });
  return found.status === 0 ? 'python3' : undefined;
}

/** A real server, on a port and with a database of its own. */
export async function realMlflow(python: string): Promise<MlflowServer> {
  const child = spawn(python, [resolve('scripts/goldens/mlflow_answers.py'), 'serve'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const exited = new Promise<void>((done) => {
    child.once('exit', () => {
      done();
    });
  });
  const url = await Promise.race([
    new Promise<string>((heard) => createInterface(child.stdout).once('line', heard)),
    exited.then(() => {
      throw new Error('the MLflow server has not started');
    }),
  ]);
  return {
    url,
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

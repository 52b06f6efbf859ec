import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { SwitchableServer } from './switchable-server.ts';

export const S3_KEY = 'AKIDTEST';
export const S3_SECRET = 'secret';
export const S3_REGION = 'eu-central-1';

/** A store with the API of S3, with one bucket. */
export interface S3Server {
  readonly url: string;
  readonly bucket: string;
  put(key: string, bytes: Buffer): Promise<void>;
  stop(): Promise<void>;
}

/** A store in this process that checks the signature of each request (Signature Version 4). */
export async function fakeS3(): Promise<S3Server & { readonly server: SwitchableServer }> {
  const files = new Map<string, Buffer>();
  const server = await new SwitchableServer((request, response) => {
    const fail = (status: number, code: string): void => {
      response.writeHead(status, { 'content-type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    };
    const bytes = files.get(decodeURIComponent(request.url!.split('?')[0]!));
    if (!isSigned(request)) fail(403, 'SignatureDoesNotMatch');
    else if (bytes === undefined) fail(404, 'NoSuchKey');
    else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  }).start();
  return {
    url: server.url,
    bucket: 'models',
    server,
    put: (key, bytes) => {
      files.set(`/models/${key}`, bytes);
      return Promise.resolve();
    },
    stop: () => server.stop(),
  };
}

/** The signature as AWS documents it, computed here. */
function isSigned({ method, url, headers }: IncomingMessage): boolean {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d+)\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    );
  if (given === null) return false;
  const [, key, day, region, names, signature] = given;
  const [path, query = ''] = url!.split('?');
  const signed = names!.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const canonical = [
    method,
    path,
    query,
    signed.join(''),
    names,
    headers['x-amz-content-sha256'],
  ].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const scope = `${day}/${region}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, digest].join('\n');
  const hmac = (secret: string | Buffer, what: string): Buffer =>
    createHmac('sha256', secret).update(what).digest();
  const secret = [day!, region!, 's3', 'aws4_request'].reduce<string | Buffer>(
    hmac,
    `AWS4${S3_SECRET}`,
  );
  return key === S3_KEY && region === S3_REGION && hmac(secret, text).toString('hex') === signature;
}

/** The Python of this machine that has moto: MOTO_PYTHON names it, or it is on the path. */
export function motoPython(): string | undefined {
  const { MOTO_PYTHON: named, PATH } = process.env;
  if (named !== undefined) return named;
  const probe = ['-c', 'import moto.server'];
  return spawnSync('python3', probe, { env: { PATH }, stdio: 'ignore' }).status === 0
    ? 'python3'
    : undefined;
}

const MOTO = `
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
`;

/** moto, which has the API of S3. */
export async function motoS3(python: string): Promise<S3Server> {
  const child = spawn(python, ['-c', MOTO], { stdio: ['pipe', 'pipe', 'ignore'] });
  const exited = new Promise<undefined>((done) => {
    child.once('exit', () => {
      done(undefined);
    });
  });
  const port = await Promise.race([
    new Promise<string>((heard) => createInterface(child.stdout).once('line', heard)),
    exited.then(() => {
      throw new Error('moto has not started');
    }),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const send = async (path: string, body?: Buffer): Promise<void> => {
    const answer = await fetch(`${url}/models${path}`, { method: 'PUT', body: body ?? null });
    if (!answer.ok) throw new Error(`moto: ${answer.status}`);
  };
  await send('');
  return {
    url,
    bucket: 'models',
    put: (key, bytes) => send(`/${key}`, bytes),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

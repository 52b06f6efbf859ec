import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ScorerError } from '../../errors.ts';
import { errorWords } from '../../runtime/error-words.ts';
import type { DownloadFrom } from './pinned-source.ts';

export interface S3Access {
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly pathStyle: boolean;
  /** PEM of the authority that signed the certificate of the store. */
  readonly ca?: string | undefined;
  /** For an answer, and for each piece of a file. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/** Other stores with the API of S3 take any region. */
const ANY_REGION = 'us-east-1';
const ADDRESS = /^s3:\/\/([^/]+)\/(.+)$/s;

/**
 * Files in a store with the API of S3. The AWS SDK signs the requests, repeats them, and finds the
 * credentials: in the environment, by a web identity, in the files of the user, or from the
 * machine.
 */
export function s3Files({
  endpoint,
  region,
  pathStyle,
  ca,
  timeoutMs,
  maxBytes,
}: S3Access): DownloadFrom {
  const place = region ?? (endpoint === undefined ? undefined : ANY_REGION);
  const client = new S3Client({
    forcePathStyle: pathStyle,
    maxAttempts: 3,
    // stores that are not AWS do not know its newer checksums
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: timeoutMs,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      ...(ca === undefined ? {} : { httpsAgent: { ca } }),
    },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(place === undefined ? {} : { region: place }),
  });
  return async (address, to, signal) => {
    const [, bucket, key] = ADDRESS.exec(address) ?? [];
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    try {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key });
      const answer = await client.send(command, { abortSignal: ended });
      const body = answer.Body as Readable;
      const hash = createHash('sha256');
      let bytes = 0;
      const late = (): void => {
        const error = new Error(`no answer within ${timeoutMs} ms`);
        stop.abort(error);
        body.destroy(error);
      };
      let timer = setTimeout(late, timeoutMs);
      try {
        await pipeline(
          body,
          async function* read(chunks: AsyncIterable<Buffer>) {
            for await (const chunk of chunks) {
              clearTimeout(timer);
              hash.update(chunk);
              bytes += chunk.length;
              if (bytes > maxBytes) throw new Error(`the file has more than ${maxBytes} bytes`);
              yield chunk;
              timer = setTimeout(late, timeoutMs);
            }
          },
          createWriteStream(to),
          { signal: ended },
        );
      } finally {
        clearTimeout(timer);
      }
      const { ContentLength: length = bytes } = answer;
      if (bytes !== length) throw new Error(`the file ended after ${bytes} of ${length} bytes`);
      return { bytes, sha256: hash.digest('hex') };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof S3ServiceException && isMissing(error)) return undefined;
      if (isOfDisk(error)) throw error;
      throw unavailable(address, stop.signal.aborted ? stop.signal.reason : error);
    }
  };
}

function isMissing({ name }: S3ServiceException): boolean {
  return name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchBucket';
}

/** An error of the folder that is written to. */
function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error && 'errno' in error;
}

function unavailable(address: string, error: unknown): ScorerError {
  const name = error instanceof S3ServiceException ? `${error.name}: ` : '';
  return new ScorerError(
    {
      code: 'MODEL_SOURCE_UNAVAILABLE',
      what: `the source of the model does not answer: ${name}${errorWords(error)}`,
      where: address,
    },
    { cause: error },
  );
}

import { z } from 'zod';
import { parseSource } from './model-source.ts';
import { count, httpUrl, milliseconds, secret, text } from './schema-values.ts';

/** Where the versions of the model come from. */

const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'must be a sha256 of 64 hexadecimal digits')
  .transform((digits) => digits.toLowerCase());

const credentials = z
  .strictObject({
    username: text.exactOptional().describe('User for basic authentication.'),
    password: secret('Password for basic authentication.').exactOptional(),
    token: secret('Bearer token, instead of username and password.').exactOptional(),
  })
  .refine(
    ({ username, password, token }) =>
      token === undefined
        ? username !== undefined && password !== undefined
        : username === undefined && password === undefined,
    'needs either token, or username and password together',
  )
  .exactOptional()
  .describe(
    'Credentials for model.registryUri, or for the http(s) address of model.source. They are sent to no other host. Default: none.',
  );

const s3 = z
  .strictObject({
    endpoint: httpUrl
      .exactOptional()
      .describe('Address of a store with the API of S3. Default: that of AWS in the region.'),
    region: text.exactOptional().describe('Region. Default: as the AWS SDK finds it.'),
    pathStyle: z
      .boolean()
      .default(false)
      .describe('true: the bucket is in the path of the address, and not in its host.'),
  })
  .exactOptional()
  .describe(
    'The store of an s3:// source. The AWS SDK finds the credentials: in the environment, as a web identity, in the files of the user, or from the machine.',
  );

export const sourceKeys = {
  source: text
    .superRefine((written, context) => {
      const named = parseSource(written);
      if ('wrong' in named) context.addIssue({ code: 'custom', message: named.wrong });
    })
    .exactOptional()
    .describe(
      'Instead of dir: models:/fraud@champion, models:/fraud/3 or models:/fraud of an MLflow server; or the https:// or s3:// address of an archive or a model.yaml, with {version} where its name has the version.',
    ),
  registryUri: httpUrl
    .exactOptional()
    .describe('Address of the MLflow server of a models:/ source.'),
  sha256: z
    .union([sha256, z.record(z.string().min(1), sha256)])
    .exactOptional()
    .describe(
      'The sha256 of the file that an https:// or s3:// source names; one per version (version: sha256) if its address has {version}.',
    ),
  credentials,
  caFile: text
    .exactOptional()
    .describe(
      'PEM file of the certificate authorities to trust for the source instead of the default ones.',
    ),
  s3,
  cacheDir: text
    .default('model-cache')
    .describe(
      'Folder for downloaded versions, relative to the working directory. Several processes may share it. Nobody else may write to it.',
    ),
  keepCached: count
    .default(10)
    .describe('Number of downloaded versions that stay in cacheDir. Those used last are kept.'),
  sourceTimeoutMs: milliseconds
    .min(1)
    .default(5000)
    .describe('Timeout for an answer of the source, and for each further piece of a file, in ms.'),
  maxBundleBytes: z
    .int()
    .min(1024 * 1024)
    .default(4 * 1024 ** 3)
    .describe('Maximum size of a downloaded version, unpacked, in bytes.'),
};

type SourceKeys = {
  readonly [Key in keyof typeof sourceKeys]?: z.output<(typeof sourceKeys)[Key]> | undefined;
};

/** Of these, `dir` makes no use. */
const OF_SOURCES = ['registryUri', 'sha256', 'credentials', 'caFile', 's3'] as const;

/** What is wrong with the keys together. */
export function sourceProblems(
  model: SourceKeys & { readonly dir?: string | undefined; readonly champion: string },
): { readonly key?: string; readonly message: string }[] {
  const { dir, source, registryUri, sha256: pins, credentials: given } = model;
  if (source === undefined) {
    if (dir === undefined) return [{ message: 'needs either dir or source' }];
    return OF_SOURCES.filter((key) => model[key] !== undefined).map((key) => ({
      key,
      message: 'has no meaning without source',
    }));
  }
  if (dir !== undefined) return [{ message: 'must have either dir or source, not both' }];
  const named = parseSource(source);
  if ('wrong' in named) return [];
  const problems: { key: string; message: string }[] = [];
  const needless = (key: (typeof OF_SOURCES)[number], why: string): void => {
    if (model[key] !== undefined) problems.push({ key, message: why });
  };
  if (named.kind === 'mlflow') {
    if (registryUri === undefined)
      problems.push({
        key: 'source',
        message: 'needs registryUri, the address of the MLflow server',
      });
    needless('sha256', 'has no meaning for models:/, whose versions do not change');
    needless('s3', 'has no meaning for models:/, whose files come from the MLflow server');
    return problems;
  }
  needless('registryUri', 'has a meaning only for models:/');
  if (named.from === 's3') {
    if (given !== undefined)
      problems.push({
        key: 'credentials',
        message: 'has no meaning for s3://: the AWS SDK finds them',
      });
  } else needless('s3', 'has a meaning only for s3://');
  if (pins === undefined) {
    const message = 'needs sha256: a file that may change is not taken';
    return [...problems, { key: 'source', message }];
  }
  if (!named.several && model.champion !== 'latest')
    problems.push({ key: 'champion', message: 'must be latest: source has no {version}' });
  if (named.several && typeof pins === 'string')
    problems.push({
      key: 'sha256',
      message: 'must have an entry for each version (version: sha256)',
    });
  if (!named.several && typeof pins !== 'string')
    problems.push({ key: 'sha256', message: 'must be one sha256: source has no {version}' });
  return problems;
}

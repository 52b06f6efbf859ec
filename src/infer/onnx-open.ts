import { stat } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { ScorerError, type Problem } from '../errors.ts';
import { missingFile, otherChecksum } from './bundle-files.ts';
import type { Bundle } from './bundle.ts';
import { readOnnx, type OnnxGraph } from '../onnx/protobuf-onnx.ts';
import { withoutZipMaps, type ZipMap } from '../onnx/protobuf-zipmap.ts';
import { MAX_BYTES, readWhole } from './whole-file.ts';

export interface Opened {
  readonly session: InferenceSession;
  /** What the file says about itself; undefined if it has a format of ONNX Runtime. */
  readonly graph: OnnxGraph | undefined;
  readonly zipMaps: readonly ZipMap[];
  /** The file; undefined like `graph`. */
  readonly bytes: () => Uint8Array | undefined;
  /**
   * Reads the file again later, because the first content is not kept. Rejects with
   * MODEL_UNREADABLE or MODEL_CHECKSUM.
   */
  readonly reread: () => Promise<Uint8Array>;
  readonly options: InferenceSession.SessionOptions;
}

/**
 * Only fatal errors are logged: some exports make the runtime warn at every run, and errors are
 * thrown anyway.
 */
const LOG_SEVERITY_FATAL = 4;

/** The domains that ONNX Runtime includes. */
const KNOWN_DOMAINS = new Set([
  '',
  'ai.onnx.ml',
  'com.microsoft',
  'ai.onnx.preview.training',
  'com.microsoft.nchwc',
  'com.ms.internal.nhwc',
]);

/**
 * Opens the model of a bundle, without its ZipMaps. Throws MODEL_UNREADABLE, MODEL_OPERATOR or
 * MODEL_NOT_FOUND.
 */
export async function openModel(bundle: Bundle, threads: number): Promise<Opened> {
  const { modelFile: file } = bundle;
  const readAgain = (): Promise<Uint8Array> =>
    readSame(file, bundle.description.sha256, `${bundle.yamlFile} sha256`);
  const bytes = await readAgain();
  const read = attempt(() => ({ graph: readOnnx(bytes), unzipped: withoutZipMaps(bytes) }));
  const externalData = 'value' in read ? await readExternalFiles(read.value.graph, bundle) : [];
  const zipMaps = 'value' in read ? read.value.unzipped.zipMaps : [];
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    logSeverityLevel: LOG_SEVERITY_FATAL,
    ...(externalData.length === 0 ? {} : { externalData }),
  };
  try {
    // The bytes whose checksum was compared. The file is not read again, because it may have
    // changed.
    const served = zipMaps.length > 0 && 'value' in read ? read.value.unzipped.bytes() : bytes;
    const session = await InferenceSession.create(served, options);
    const known = 'value' in read ? read.value : undefined;
    return {
      session,
      graph: known?.graph,
      zipMaps,
      bytes: () => (known === undefined ? undefined : bytes),
      reread: readAgain,
      options,
    };
  } catch (error) {
    if ('error' in read)
      throw unreadable(read.error, file, 'the file is not an ONNX model, or it is truncated');
    throw diagnosed(error, read.value.graph, file);
  }
}

/** MODEL_UNREADABLE with the message of the runtime. */
export function unreadable(error: unknown, file: string, what: string): ScorerError {
  const problem: Problem = {
    code: 'MODEL_UNREADABLE',
    what: `${what}: ${messageOf(error)}`,
    where: file,
  };
  return new ScorerError(problem, { cause: error });
}

/**
 * Reads a file, which may have changed since the bundle was read. Throws MODEL_UNREADABLE or
 * MODEL_CHECKSUM.
 */
async function readSame(
  file: string,
  expected: string | undefined,
  where: string,
): Promise<Uint8Array> {
  // otherwise there is no bundle yet, or it has no checksum
  const compared = expected !== undefined && expected !== '';
  const { bytes, sha256 } = await readWhole(file, compared).catch((error: unknown) => {
    throw unreadable(error, file, 'the file cannot be read');
  });
  if (!compared || sha256 === expected) return bytes;
  throw new ScorerError(otherChecksum(file, sha256!, expected, where));
}

/** The message of the runtime, on one line. */
function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
}

/**
 * The weights that a model has in other files, as bytes. The runtime gets exactly the bytes whose
 * checksum was compared. Missing files are found before the runtime looks for them, because its
 * message has no remedy.
 */
async function readExternalFiles(
  { externalFiles }: OnnxGraph,
  { folder, modelFile, yamlFile, description }: Bundle,
): Promise<{ readonly path: string; readonly data: Uint8Array }[]> {
  const problems: Problem[] = [];
  const read: { readonly path: string; readonly data: Uint8Array }[] = [];
  for (const name of externalFiles) {
    if (isOutside(name)) {
      const what = `the model has weights in ${name}, which is outside its folder`;
      const remedy = 'Export the model with its weights in the same folder, or as one file.';
      problems.push({ code: 'MODEL_UNREADABLE', what, where: modelFile, remedy });
      continue;
    }
    const file = join(folder, name);
    const found = await stat(file).catch(() => undefined);
    if (found?.isFile() !== true) {
      if (Object.hasOwn(description.files, name))
        problems.push(missingFile(name, folder, yamlFile));
      else
        problems.push({
          code: 'MODEL_NOT_FOUND',
          what: `the model has weights in the file ${name}, which is not in its folder`,
          where: modelFile,
          remedy: `Copy ${name} from the export into the folder ${folder}, or export the model as one file.`,
        });
      continue;
    }
    if (found.size > MAX_BYTES) {
      const what = `the file ${name} with weights has ${found.size} bytes; at most ${MAX_BYTES} can be read at once`;
      const remedy =
        'Export the model with its weights in several files (onnx.save_model: all_tensors_to_one_file=False).';
      problems.push({ code: 'MODEL_UNREADABLE', what, where: modelFile, remedy });
      continue;
    }
    try {
      read.push({
        path: name,
        data: await readSame(file, description.files[name], `${yamlFile} files.${name}`),
      });
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ScorerError(problems);
  return read;
}

/**
 * The runtime refuses such a path too, but only later, and `init` would copy the file to that path.
 */
function isOutside(name: string): boolean {
  return isAbsolute(name) || normalize(name).split(sep)[0] === '..';
}

/**
 * Why the runtime rejects a file that is ONNX: an operator that it does not have, or a newer opset.
 */
function diagnosed(
  error: unknown,
  { nodes, opsets, ownDomains }: OnnxGraph,
  file: string,
): ScorerError {
  const foreign = nodes.find(({ domain }) => !KNOWN_DOMAINS.has(domain) && !ownDomains.has(domain));
  if (foreign !== undefined) {
    const what = `the operator ${foreign.domain}.${foreign.operator} (its output is ${foreign.outputs.join(', ')}) is not part of ONNX Runtime`;
    const remedy =
      'Export the model with operators of ONNX only (ai.onnx, ai.onnx.ml). Do the step of this operator in model.yaml, or before the events are produced.';
    return new ScorerError({ code: 'MODEL_OPERATOR', what, where: file, remedy }, { cause: error });
  }
  const message = messageOf(error);
  if (/opset|ir.version/i.test(message)) {
    const versions = [...opsets]
      .map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`)
      .join(', ');
    const what = `the model needs an opset that this version of ONNX Runtime does not support (opset ${versions}): ${message}`;
    return new ScorerError({ code: 'MODEL_OPERATOR', what, where: file }, { cause: error });
  }
  if (
    /is not a registered function\/op|NOT_IMPLEMENTED|Could not find an implementation/i.test(
      message,
    )
  ) {
    return new ScorerError(
      {
        code: 'MODEL_OPERATOR',
        what: `ONNX Runtime cannot run the model: ${message}`,
        where: file,
      },
      { cause: error },
    );
  }
  if (/locale/i.test(message)) {
    const what = `the model changes upper and lower case with a locale that this machine does not have: ${message}`;
    const remedy =
      'Install the locale en_US.UTF-8, or export the model without that step (in sklearn: lowercase=False).';
    return new ScorerError(
      { code: 'MODEL_UNREADABLE', what, where: file, remedy },
      { cause: error },
    );
  }
  return unreadable(error, file, 'ONNX Runtime cannot load the file');
}

type Attempt<T> = { readonly value: T } | { readonly error: unknown };

function attempt<T>(work: () => T): Attempt<T> {
  try {
    return { value: work() };
  } catch (error) {
    return { error };
  }
}

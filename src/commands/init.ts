import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ConfluentRegistry } from '../decode/confluent-registry.ts';
import { identifiers, matchInputs, type DraftInput } from '../draft/match.ts';
import { modelYaml, scorerYaml } from '../draft/write.ts';
import { ScorerError } from '../errors.ts';
import type { Shape } from '../flow/shape.ts';
import { readSignature } from '../infer/onnx-signature.ts';
import { schemaFile } from './check.ts';
import type { Context, ExitCode } from './context.ts';

export interface InitOptions {
  readonly model: string;
  /** Avro schema of the events; or else `subject`, in the registry. */
  readonly schema?: string;
  readonly subject?: string;
  readonly registry?: string;
  readonly name?: string;
  readonly dir: string;
  readonly force?: boolean;
}

const REGISTRY_TIMEOUT_MS = 10_000;
const TOPIC = /^(.*)-value$/;

/** Drafts a bundle and a configuration from a model and the schema of its events; overwrites nothing unless forced. */
export async function init(options: InitOptions, { env, cwd, out }: Context): Promise<ExitCode> {
  const modelFile = resolve(cwd, options.model);
  const event = await eventOf(options, env['SCHEMA_REGISTRY_URL'], cwd);
  const name = options.name ?? slug(basename(modelFile).replace(/\.[^.]*$/, ''));
  const folder = resolve(cwd, options.dir);
  const versions = join(folder, 'models', name);
  const bundle = join(versions, '1');
  const files = { model: join(bundle, 'model.onnx'), yaml: join(bundle, 'model.yaml'), config: join(folder, 'config', 'scorer.yaml') }; // prettier-ignore
  if (options.force !== true) await refuseExisting(Object.values(files));
  if (event.kind !== 'record') throw invalid('the events are no records', options.schema ?? options.subject!);

  const { inputs, names, externalFiles } = await readSignature(modelFile);
  const drafted = matchInputs(inputs, event, names);
  const beside = Object.fromEntries(await Promise.all(externalFiles.map(async (file) => [file, await sha256(join(dirname(modelFile), file))] as const))); // prettier-ignore
  const yaml = modelYaml({ file: 'model.onnx', sha256: await sha256(modelFile), files: beside, inputs: drafted });
  const topic = TOPIC.exec(options.subject ?? '')?.[1] ?? slug(event.name.slice(event.name.lastIndexOf('.') + 1));
  const modelDir = relative(cwd, versions) || '.';
  const config = scorerYaml({ name, topic, modelDir, carry: identifiers(event) });

  await mkdir(bundle, { recursive: true });
  await mkdir(dirname(files.config), { recursive: true });
  await copyUnlessSame(modelFile, files.model);
  for (const file of externalFiles) {
    await mkdir(dirname(join(bundle, file)), { recursive: true });
    await copyUnlessSame(join(dirname(modelFile), file), join(bundle, file));
  }
  await writeFile(files.yaml, yaml);
  await writeFile(files.config, config);
  out(report(drafted, [files.yaml, files.config].map((file) => relative(cwd, file)), options)); // prettier-ignore
  return 0;
}

async function eventOf(options: InitOptions, registryUrl: string | undefined, cwd: string): Promise<Shape> {
  if (options.schema !== undefined) return schemaFile(resolve(cwd, options.schema));
  if (options.subject === undefined) {
    const remedy = 'Give --schema FILE, or --subject NAME with --registry URL.';
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'nothing says what the events are',
      where: '--schema',
      remedy,
    });
  }
  const url = options.registry ?? registryUrl ?? 'http://localhost:8081';
  const registry = new ConfluentRegistry({ url, timeoutMs: REGISTRY_TIMEOUT_MS, onFetch: () => undefined });
  try {
    const latest = await registry.latest(options.subject);
    if (latest !== undefined) return latest.shape;
    throw new ScorerError({ code: 'SUBJECT_NOT_FOUND', what: `the schema registry has no subject ${options.subject}`, where: url }); // prettier-ignore
  } catch (error) {
    if (!(error instanceof ScorerError) || error.fate !== 'retry') throw error;
    throw new ScorerError(
      { code: 'REGISTRY_UNREACHABLE', what: error.problems[0]!.what, where: url },
      { cause: error },
    );
  } finally {
    registry.close();
  }
}

async function refuseExisting(files: readonly string[]): Promise<void> {
  const problems = [];
  for (const where of files) {
    const there = await access(where, constants.F_OK).then(() => true, () => false); // prettier-ignore
    if (there) problems.push({ code: 'INPUT_INVALID' as const, what: 'the file is there already', where, remedy: 'Choose another --name or --dir, or overwrite it with --force.' }); // prettier-ignore
  }
  if (problems.length > 0) throw new ScorerError(problems);
}

async function copyUnlessSame(from: string, to: string): Promise<void> {
  if (resolve(from) !== resolve(to)) await copyFile(from, to);
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** A name that may be a folder, a topic and a consumer group. */
function slug(text: string): string {
  return text.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'model'; // prettier-ignore
}

function invalid(what: string, where: string): ScorerError {
  return new ScorerError({ code: 'INPUT_INVALID', what, where });
}

function report(inputs: readonly DraftInput[], [yaml, config]: readonly string[], options: InitOptions): string {
  const lines = inputs.flatMap(({ name, columns }) =>
    columns.map(({ wanted, field, notes, todo }, i) => {
      const target = columns.length === 1 ? name : `${name}[${i}]${wanted === undefined ? '' : ` ${wanted}`}`;
      const source = field ?? '?';
      return `  ${target} ← ${source}${notes.length === 0 ? '' : `   ${todo ? 'TODO ' : ''}${notes.join('; ')}`}`;
    }),
  );
  const left = inputs.flatMap(({ columns }) => columns.filter(({ todo }) => todo)).length;
  const verdict = left === 0 ? 'Everything matched.' : `${left} of ${lines.length} columns need a look: the comments in ${yaml} say why.`; // prettier-ignore
  const schema = options.schema === undefined ? '' : ` --offline --schema ${options.schema}`;
  return `${lines.join('\n')}\n\n${verdict}\nwritten: ${yaml}, ${config}\nnext:    stream-scorer check --config ${config}${schema}\n`;
}

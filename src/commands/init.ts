import { constants } from 'node:fs';
import { access, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ConfluentRegistry } from '../decode/confluent-registry.ts';
import { identifiers, matchInputs, type DraftInput } from '../init/match.ts';
import { modelYaml, scorerYaml } from '../init/write.ts';
import { ScorerError, type Problem } from '../errors.ts';
import type { RecordNode, SchemaNode } from '../flow/schema-node.ts';
import { checksum } from '../infer/bundle-files.ts';
import type { Signature } from '../infer/onnx-signature.ts';
import { readSignatureIsolated } from '../infer/isolated-signature.ts';
import { checkFeature } from '../map/feature-check.ts';
import { isAbortOf } from '../runtime/abort.ts';
import { schemaFile } from './check-examine.ts';
import type { Context, ExitCode } from './context.ts';
import { exitCodeOf } from './signals.ts';

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
/** A name that Kafka accepts, without a dot at the start, because it also becomes a folder. */
const NAME = /^\w[\w.-]{0,199}$/;

/**
 * Drafts a bundle and a configuration from a model and the schema of its events. It overwrites
 * files only with --force.
 */
export async function init(options: InitOptions, context: Context): Promise<ExitCode> {
  try {
    return await draft(options, context);
  } catch (error) {
    if (!isAbortOf(context.stop, error)) throw error;
    context.err('interrupted\n');
    return exitCodeOf(context.stop);
  }
}

async function draft(options: InitOptions, { env, cwd, out, stop }: Context): Promise<ExitCode> {
  const modelFile = resolve(cwd, options.model);
  const name = options.name ?? slug(basename(modelFile).replace(/\.[^.]*$/, ''));
  const registryUrl = options.registry ?? env['SCHEMA_REGISTRY_URL'] ?? 'http://localhost:8081';
  const problems: Problem[] = [];
  const all = gather(problems);
  if (!NAME.test(name))
    problems.push({
      code: 'INPUT_INVALID',
      what: `${name} cannot be the name of a folder, a topic and a consumer group`,
      where: '--name',
    });
  const event = await all(eventRecord(options, registryUrl, cwd));
  const signature = await all(readSignatureIsolated(modelFile, stop));

  const folder = resolve(cwd, options.dir);
  const bundle = join(folder, 'models', name, '1');
  const yamlFile = join(bundle, 'model.yaml');
  const configFile = join(folder, 'config', 'scorer.yaml');
  const externalFiles = signature?.externalFiles ?? [];
  const copies = [
    { from: modelFile, to: join(bundle, 'model.onnx') },
    ...externalFiles.map((file) => ({
      from: join(dirname(modelFile), file),
      to: join(bundle, file),
    })),
  ].filter(({ from, to }) => from !== to);
  // A name that leads out of the folder is not used as a path either.
  if (options.force !== true && NAME.test(name))
    await all(refuseExisting([...copies.map(({ to }) => to), yamlFile, configFile]));
  if (event === undefined || signature === undefined || problems.length > 0)
    throw new ScorerError(problems);

  const { inputs, names, score, trees: nanIsMissing } = signature;
  const drafted = matchInputs(
    inputs,
    {
      event,
      nanIsMissing,
      check: (feature, found, type) => checkFeature(feature, found, type, ''),
    },
    names,
  );
  const [sha256, ...beside] = await Promise.all(
    [modelFile, ...externalFiles.map((file) => join(dirname(modelFile), file))].map(checksum),
  );
  const files = Object.fromEntries(externalFiles.map((file, i) => [file, beside[i]!]));
  const yaml = modelYaml({ file: 'model.onnx', sha256: sha256!, files, inputs: drafted, score });
  const topic =
    TOPIC.exec(options.subject ?? '')?.[1] ??
    slug(event.name.slice(event.name.lastIndexOf('.') + 1));
  const config = scorerYaml({
    name,
    topic,
    modelDir: `models/${name}`,
    carry: identifiers(event),
    registryUrl: options.schema === undefined ? withoutSecrets(registryUrl) : undefined,
  });

  for (const { from, to } of copies) await writing(to, () => copyFile(from, to));
  await writing(yamlFile, () => writeFile(yamlFile, yaml));
  await writing(configFile, () => writeFile(configFile, config));
  out(report(drafted, score, { yaml: relative(cwd, yamlFile), config: relative(cwd, configFile) }));
  const schema =
    options.schema === undefined ? undefined : relative(folder, resolve(cwd, options.schema));
  out(nextStep(relative(cwd, folder), schema));
  return 0;
}

/**
 * Awaits a part of the work and adds its problems to the others, so that all are reported together.
 */
function gather(problems: Problem[]): <T>(part: Promise<T>) => Promise<T | undefined> {
  return async (part) => {
    try {
      return await part;
    } catch (error) {
      if (!(error instanceof ScorerError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
}

/** A user name and a password in the URL must not get into a file that is shared. */
function withoutSecrets(url: string): string {
  if (!URL.canParse(url)) return url;
  const { username, password } = new URL(url);
  return username === '' && password === '' ? url : url.replace(/\/\/[^@/]*@/, '//');
}

/** Writes a file and creates its folder if needed. Throws OUTPUT_UNWRITABLE. */
async function writing(file: string, write: () => Promise<void>): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await write();
  } catch (error) {
    const what = `the file cannot be written: ${error instanceof Error ? error.message : String(error)}`;
    throw new ScorerError({ code: 'OUTPUT_UNWRITABLE', what, where: file }, { cause: error });
  }
}

async function eventRecord(
  options: InitOptions,
  registryUrl: string,
  cwd: string,
): Promise<RecordNode> {
  const event = await eventOf(options, registryUrl, cwd);
  if (event.kind === 'record') return event;
  throw new ScorerError({
    code: 'INPUT_INVALID',
    what: 'the schema of the events is not a record',
    where: options.schema ?? options.subject!,
  });
}

async function eventOf(options: InitOptions, url: string, cwd: string): Promise<SchemaNode> {
  if (options.schema !== undefined) return schemaFile(resolve(cwd, options.schema));
  if (options.subject === undefined) {
    const remedy = 'Give --schema FILE, or --subject NAME with --registry URL.';
    throw new ScorerError({
      code: 'INPUT_INVALID',
      what: 'the schema of the events is not given',
      where: '--schema',
      remedy,
    });
  }
  const registry = new ConfluentRegistry({
    url,
    timeoutMs: REGISTRY_TIMEOUT_MS,
    onFetch: () => undefined,
  });
  try {
    const latest = await registry.latest(options.subject);
    if (latest !== undefined) return latest.node;
    throw new ScorerError({
      code: 'SUBJECT_NOT_FOUND',
      what: `the schema registry has no subject ${options.subject}`,
      where: url,
    });
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
    const there = await access(where, constants.F_OK).then(
      () => true,
      () => false,
    );
    if (there)
      problems.push({
        code: 'INPUT_INVALID' as const,
        what: 'the file already exists',
        where,
        remedy: 'Choose another --name or --dir, or overwrite it with --force.',
      });
  }
  if (problems.length > 0) throw new ScorerError(problems);
}

/** A name that may be a folder, a topic and a consumer group. */
function slug(text: string): string {
  return (
    text
      .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'model'
  );
}

function report(
  inputs: readonly DraftInput[],
  score: Signature['score'],
  written: { readonly yaml: string; readonly config: string },
): string {
  const lines = inputs.flatMap(({ name, columns, todo }) => [
    ...(todo === undefined ? [] : [`  ${name}   TODO ${todo}`]),
    ...columns.map((each, i) => {
      const { wanted, field, notes, vector } = each;
      const at = vector === undefined ? i : `0..${vector - 1}`;
      const target =
        columns.length === 1 && vector === undefined
          ? name
          : `${name}[${at}]${wanted === undefined ? '' : ` ${wanted}`}`;
      const remarks = notes.length === 0 ? '' : `   ${each.todo ? 'TODO ' : ''}${notes.join('; ')}`;
      return `  ${target} ← ${field ?? '?'}${remarks}`;
    }),
  ]);
  lines.push('tensor' in score ? `  score ← ${score.tensor}` : `  score   TODO ${score.undecided}`);
  const left = lines.filter((line) => line.includes('   TODO ')).length;
  const verdict =
    left === 0 ? 'Everything matched.' : `${left} to do: see the TODO comments in ${written.yaml}.`;
  return `${lines.join('\n')}\n\n${verdict}\nwritten: ${written.yaml}, ${written.config}\n`;
}

/**
 * The configuration names the model relative to its own folder, and the program must run there too.
 */
function nextStep(folder: string, schema: string | undefined): string {
  const there = folder === '' ? '' : `cd ${folder} && `;
  return `next:    ${there}stream-scorer check${schema === undefined ? '' : ` --offline --schema ${schema}`}\n`;
}

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export interface Artifacts {
  /** Folder with the broker's jars. */
  readonly kafka: string;
  /** Folder with the registry's quarkus-run.jar. */
  readonly registry: string;
}

export interface ArtifactOptions {
  readonly cacheDir: string;
  readonly pom: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

const KAFKA_VERSION = '4.3.1';
const REGISTRY_VERSION = '3.3.3';
const REGISTRY_ARTIFACT = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`;

/** Fetches both through Maven unless the cache has them. A folder appears in the cache only once it is whole. */
export async function fetchArtifacts(options: ArtifactOptions): Promise<Artifacts> {
  const { cacheDir, pom, log } = options;
  const kafka = join(cacheDir, `kafka-${KAFKA_VERSION}`);
  const registry = join(cacheDir, `apicurio-registry-${REGISTRY_VERSION}`);
  await cached(kafka, async (folder) => {
    log(`downloading Kafka ${KAFKA_VERSION} (once, about 120 MB)`);
    await maven(options, ['-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]);
  });
  await cached(registry, async (folder) => {
    log(`downloading Apicurio Registry ${REGISTRY_VERSION} (once, about 180 MB)`);
    await maven(options, ['dependency:get', `-Dartifact=${REGISTRY_ARTIFACT}`, '-Dtransitive=false']);
    await maven(options, ['dependency:copy', `-Dartifact=${REGISTRY_ARTIFACT}`, `-DoutputDirectory=${folder}`]);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tar.gz'));
    if (archive === undefined) throw new Error('Maven copied no archive of the registry');
    await command('tar', ['-xzf', join(folder, archive), '-C', folder], options);
    await rm(join(folder, archive));
  });
  return { kafka, registry };
}

/** Fills a folder beside its place and moves it there when it is whole; whoever comes second keeps the first one's. */
async function cached(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  await mkdir(join(folder, '..'), { recursive: true });
  const scratch = await mkdtemp(`${folder}.part-`);
  try {
    await fill(scratch);
    await rename(scratch, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error;
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;

function maven(options: ArtifactOptions, args: readonly string[]): Promise<void> {
  return command('mvn', ['-B', '-ntp', ...args], options);
}

/** Every this many lines of a long download one is shown. */
const PROGRESS_EVERY = 20;

async function command(name: string, args: readonly string[], { env, log }: ArtifactOptions): Promise<void> {
  const child = spawn(name, args, { env: env, stdio: ['ignore', 'pipe', 'pipe'] });
  let tail = '';
  let lines = 0;
  const onData = (chunk: Buffer): void => {
    const text = chunk.toString();
    tail = (tail + text).slice(-3000);
    for (const line of text.split('\n')) {
      if (/Copying|Downloaded/.test(line) && lines++ % PROGRESS_EVERY === 0)
        log(`  ${line.replace(/^\[INFO\] /, '').slice(0, 110)}`);
    }
  };
  child.stdout.on('data', onData);
  child.stderr.on('data', onData);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} failed:\n${tail.trimEnd()}`);
}

import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SHORT_LIVED } from './java-options.ts';
import { mavenProgress } from './maven-progress.ts';
import { spawnWatched } from './spawn-watched.ts';

export interface Artifacts {
  /** Folder with the broker's jars. */
  readonly kafka: string;
  /** Folder with the registry's quarkus-run.jar. */
  readonly registry: string;
}

export interface ArtifactOptions {
  readonly cacheDir: string;
  readonly pom: string;
  /** Version of the brokers; default: the one in stack/pom.xml. */
  readonly kafkaVersion?: string | undefined;
  /** With PATH and JAVA_HOME for Maven. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

/** As in stack/pom.xml. */
export const KAFKA_VERSION = '4.3.1';
const REGISTRY_VERSION = '3.3.3';
const REGISTRY_ARTIFACT = `io.apicurio:apicurio-registry-app:${REGISTRY_VERSION}:tar.gz:all`;

/** How much output of a failed command its error quotes, in characters. */
const TAIL = 2000;

/**
 * Fetches both with Maven unless the cache has them. A folder appears in the cache only when it is
 * complete.
 */
export async function fetchArtifacts(options: ArtifactOptions): Promise<Artifacts> {
  const { cacheDir, pom, kafkaVersion = KAFKA_VERSION, log } = options;
  const kafka = join(cacheDir, `kafka-${kafkaVersion}`);
  const registry = join(cacheDir, `apicurio-registry-${REGISTRY_VERSION}`);
  await cached(kafka, async (folder) => {
    log(`downloading Kafka ${kafkaVersion} (once, about 60 MB)`);
    const copy = [
      'dependency:copy-dependencies',
      `-Dkafka.version=${kafkaVersion}`,
      `-DoutputDirectory=${folder}`,
    ];
    await command('mvn', ['-f', pom, ...copy], folder, options);
  });
  await cached(registry, async (folder) => {
    log(`downloading Apicurio Registry ${REGISTRY_VERSION} (once, about 160 MB)`);
    const copy = [
      'dependency:copy',
      `-Dartifact=${REGISTRY_ARTIFACT}`,
      `-DoutputDirectory=${folder}`,
    ];
    await command('mvn', ['-f', pom, ...copy], folder, options);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tar.gz'));
    if (archive === undefined) throw new Error('Maven copied no archive of the registry');
    await command('tar', ['-xzf', join(folder, archive), '-C', folder], folder, options);
    await rm(join(folder, archive));
  });
  return { kafka, registry };
}

/**
 * Fills a temporary folder and renames it when it is complete. If another process was faster, its
 * folder is kept.
 */
async function cached(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
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

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;

/**
 * Runs a command to its end. If it is interrupted together with this process, the unfinished folder
 * is removed too.
 */
async function command(
  name: string,
  args: readonly string[],
  folder: string,
  options: ArtifactOptions,
): Promise<void> {
  const { log } = options;
  const env = { MAVEN_OPTS: SHORT_LIVED.join(' '), ...options.env };
  const child = spawnWatched({ command: name, args, folder, env, output: 'pipe' });
  const progress = mavenProgress({ what: 'downloading', log });
  let tail = '';
  const onData = (piece: Buffer): void => {
    tail = (tail + piece.toString()).slice(-TAIL);
    progress(piece.toString());
  };
  child.stdout?.on('data', onData);
  child.stderr?.on('data', onData);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} failed:\n${tail.trimEnd()}`);
}

import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fetchArtifacts, KAFKA_VERSION } from '../../../../src/demo/stack/maven-artifacts.ts';

/** Leaves what it was asked for in the folder that it was to fill. */
const MAVEN = `#!/bin/sh
for word in "$@"; do case "$word" in -DoutputDirectory=*) echo "$@ with $MAVEN_OPTS" > "\${word#*=}/asked" ;; esac; done
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stream-scorer-artifacts-'));
  await writeFile(join(folder, 'mvn'), MAVEN);
  await chmod(join(folder, 'mvn'), 0o755);
  await mkdir(join(folder, 'cache', 'apicurio-registry-3.3.3'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const fetched = (
  kafkaVersion?: string,
  env: Readonly<Record<string, string>> = {},
): ReturnType<typeof fetchArtifacts> =>
  fetchArtifacts({
    cacheDir: join(folder, 'cache'),
    pom: 'stack/pom.xml',
    kafkaVersion,
    env: { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH']!}`, ...env },
    log: () => undefined,
  });

describe('the brokers from Maven', () => {
  it.each([
    ['3.9.1', '3.9.1'],
    [undefined, KAFKA_VERSION],
  ])('of version %s are %s, in a folder of their own', async (asked, version) => {
    const { kafka } = await fetched(asked);
    expect(kafka).toBe(join(folder, 'cache', `kafka-${version}`));
    const words = await readFile(join(kafka, 'asked'), 'utf8');
    expect(words).toContain(`dependency:copy-dependencies -Dkafka.version=${version} `);
  });

  it.each([
    [{}, '-XX:+UseSerialGC -XX:TieredStopAtLevel=1'],
    [{ MAVEN_OPTS: '-Xmx99m' }, '-Xmx99m'],
  ])(
    'are fetched by a Maven that starts quickly, or with the options in %p',
    async (env, given) => {
      const { kafka } = await fetched(undefined, env);
      expect((await readFile(join(kafka, 'asked'), 'utf8')).trim().split(' with ')[1]).toBe(given);
    },
  );

  it('are of the version in the pom where nothing is said', async () => {
    const pom = await readFile('stack/pom.xml', 'utf8');
    expect(pom).toContain(`<kafka.version>${KAFKA_VERSION}</kafka.version>`);
    expect(pom.match(/<version>\$\{kafka\.version\}<\/version>/g)).toHaveLength(2);
  });
});

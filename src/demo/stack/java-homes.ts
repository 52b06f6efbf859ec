import { execFile } from 'node:child_process';
import { readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

export interface Java {
  readonly home: string;
  readonly command: string;
  readonly major: number;
}

/** Folders in which installers put JDKs. */
const USUAL_PLACES = ['/usr/lib/jvm', '/Library/Java/JavaVirtualMachines', '/opt/java', '/opt'];

/** Every Java in JAVA_HOME, PATH and the usual folders, with its major version. */
export async function findJavas(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Java[]> {
  const homes = new Set<string>();
  if (env['JAVA_HOME']) homes.add(env['JAVA_HOME']);
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const command = await realpath(join(folder, 'java')).catch(() => undefined);
    if (command !== undefined) homes.add(dirname(dirname(command)));
  }
  for (const place of new Set([...USUAL_PLACES, ...[...homes].map((home) => dirname(home))])) {
    const names = await readdir(place).catch(() => []);
    for (const name of names)
      homes.add(join(place, name)).add(join(place, name, 'Contents', 'Home'));
  }
  // Installers link the same JDK under several names.
  const commands = await Promise.all(
    [...homes].map((home) => realpath(join(home, 'bin', 'java')).catch(() => '')),
  );
  const javas = await Promise.all([...new Set(commands)].map((command) => asJava(command)));
  return javas.filter((java) => java !== undefined);
}

async function asJava(command: string): Promise<Java | undefined> {
  if (command === '') return undefined;
  const answer = await promisify(execFile)(command, ['-version']).catch(() => undefined);
  const major = /version "(?:1\.)?(\d+)/.exec(answer?.stderr ?? '')?.[1];
  return major === undefined
    ? undefined
    : { home: dirname(dirname(command)), command, major: Number(major) };
}

/**
 * The oldest Java of at least this version: an artifact is tested with the version that it was
 * built for.
 */
export function atLeast(javas: readonly Java[], major: number): Java | undefined {
  return javas.filter((java) => java.major >= major).sort((a, b) => a.major - b.major)[0];
}

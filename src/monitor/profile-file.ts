import { readFile, stat } from 'node:fs/promises';
import { ScorerError, type Problem } from '../errors.ts';
import { profileSchema, type Profile } from './profile.ts';

/** A limit against the wrong file. */
const MAX_BYTES = 64 * 1024 * 1024;
/** So many problems of a file are told. */
const MAX_TOLD = 5;

/** Reads a profile. Throws MODEL_PROFILE with everything that is wrong with it. */
export async function readProfile(file: string): Promise<Profile> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true)
    throw wrong(file, 'the profile does not exist', 'Make it with `stream-scorer profile`.');
  if (found.size > MAX_BYTES) throw wrong(file, 'the file is larger than 64 MB');
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong(file, `the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
  });
  return parseProfile(text, file);
}

/** `where`: the name of the file, for messages. */
export function parseProfile(text: string, where: string): Profile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw wrong(where, 'the profile is not JSON');
  }
  const parsed = profileSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const problems = issues.slice(0, MAX_TOLD).map(({ path, message }): Problem => {
    const place = path.map(String).join('.');
    return { code: 'MODEL_PROFILE', what: message, where: `${where} ${place}`.trim() };
  });
  throw new ScorerError(problems);
}

/** The text of profile.json: one line per feature, so that a change can be read. */
export function profileText(profile: Profile): string {
  const { features, hourOfWeek, ...rest } = profile;
  const lines = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  const series = features.map((feature) => `    ${JSON.stringify(feature)}`).join(',\n');
  lines.push(`  "features": [\n${series}\n  ]`);
  if (hourOfWeek !== undefined) lines.push(`  "hourOfWeek": ${JSON.stringify(hourOfWeek)}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}

function wrong(where: string, what: string, remedy?: string): ScorerError {
  return new ScorerError({
    code: 'MODEL_PROFILE',
    what,
    where,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

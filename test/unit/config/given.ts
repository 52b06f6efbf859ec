import { loadConfig, type LoadConfigOptions } from '../../../src/config/load.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ScorerError, type Problem } from '../../../src/errors.ts';

/** The least that is a configuration. */
export const LEAST = `
kafka: { brokers: [localhost:9092] }
schemaRegistry: { url: http://localhost:8081 }
input: { topics: [in] }
output: { topic: out }
model: { dir: models/fraud }
`;

export interface Given extends Partial<Omit<LoadConfigOptions, 'file' | 'cwd' | 'readFile'>> {
  /** By absolute path; the configuration itself is /app/config/scorer.yaml. */
  readonly files?: Readonly<Record<string, string>>;
}

export async function load(
  yaml: string,
  { files = {}, env = {}, ...rest }: Given = {},
): Promise<Settings> {
  const all: Record<string, string> = { '/app/config/scorer.yaml': yaml, ...files };
  const readFile = async (path: string) => {
    const text = all[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return text;
  };
  const { settings } = await loadConfig({
    file: 'config/scorer.yaml',
    cwd: '/app',
    env,
    readFile,
    ...rest,
  });
  return settings;
}

/** What is wrong with it; none if it loads. */
export async function problemsOf(yaml: string, given: Given = {}): Promise<readonly Problem[]> {
  try {
    await load(yaml, given);
    return [];
  } catch (error) {
    if (error instanceof ScorerError) return error.problems;
    throw error;
  }
}

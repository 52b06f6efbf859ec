import { ScorerError } from '../errors.ts';
import { plainYaml } from '../runtime/plain-yaml.ts';
import { examineModelYaml } from './model-yaml.ts';

/**
 * The text of a model.yaml with these keys: a key that it does not have is added at the end, and
 * everything else stays as it is. Throws MODEL_INVALID where the text cannot be changed that way.
 */
export function withKeys(
  text: string,
  keys: Readonly<Record<string, string>>,
  file: string,
): string {
  const { tree } = plainYaml(text);
  const before = tree as Readonly<Record<string, unknown>>;
  const added: string[] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (!Object.hasOwn(before, key)) added.push(`${key}: ${value}\n`);
    else if (before[key] !== value)
      throw new ScorerError({
        code: 'MODEL_INVALID',
        what: `${key} is already there with another value`,
        where: `${file} ${key}`,
        remedy: `Write \`${key}: ${value}\` yourself.`,
      });
  }
  const changed = `${text}${text.endsWith('\n') || added.length === 0 ? '' : '\n'}${added.join('')}`;
  const { problems } = examineModelYaml(changed, file);
  if (problems.length > 0) throw new ScorerError(problems);
  return changed;
}

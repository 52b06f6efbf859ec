import { isMap, parseDocument } from 'yaml';
import { ScorerError } from '../errors.ts';
import { plainYaml } from '../runtime/plain-yaml.ts';
import { examineModelYaml } from './model-yaml.ts';

/**
 * The text of a model.yaml with these keys: a key that it does not have is added at the end, and
 * everything else stays as it is. A text in flow style ({ … }) is written again, with its comments.
 * Throws MODEL_INVALID where the text cannot be changed that way.
 */
export function withKeys(
  text: string,
  keys: Readonly<Record<string, string>>,
  file: string,
): string {
  const { tree, root } = plainYaml(text);
  const before = tree as Readonly<Record<string, unknown>>;
  const added: [string, string][] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (!Object.hasOwn(before, key)) added.push([key, value]);
    else if (before[key] !== value)
      throw new ScorerError({
        code: 'MODEL_INVALID',
        what: `${key} is already there with another value`,
        where: `${file} ${key}`,
        remedy: `Write \`${key}: ${value}\` yourself.`,
      });
  }
  if (added.length === 0) return text;
  const flow = isMap(root) && root.flow === true;
  const changed = flow ? withFlowKeys(text, added) : withLines(text, added);
  const { problems } = examineModelYaml(changed, file);
  if (problems.length > 0) throw new ScorerError(problems);
  return changed;
}

function withLines(text: string, added: readonly [string, string][]): string {
  const lines = added.map(([key, value]) => `${key}: ${value}\n`);
  return `${text}${text.endsWith('\n') ? '' : '\n'}${lines.join('')}`;
}

function withFlowKeys(text: string, added: readonly [string, string][]): string {
  const document = parseDocument(text);
  for (const [key, value] of added) document.set(key, value);
  return document.toString({ lineWidth: 0 });
}

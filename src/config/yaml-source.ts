import type { Problem } from '../errors.ts';
import { plainYaml, type Flaw, type PlainYaml } from '../runtime/plain-yaml.ts';
import type { Path } from './tree.ts';

/** A YAML text as plain data, and the way back from a path to its line. */
export interface Source {
  readonly tree: unknown;
  /**
   * Line of a key or list entry, from 1. If it is not in the file, the line of the nearest one
   * around it. Undefined if there is none.
   */
  readonly lineOf: (path: Path) => number | undefined;
}

/** Either the source, or every CONFIG_SYNTAX problem with `name:line:column`. */
export function parseYaml(
  text: string,
  name: string,
): Source | { readonly problems: readonly Problem[] } {
  const yaml = plainYaml(text);
  // After the first unexpected token, all following errors come from it.
  const lost =
    yaml.flaws.find(({ error }) => error?.code === 'UNEXPECTED_TOKEN')?.offset ?? Infinity;
  const flaws = yaml.flaws.filter(
    ({ error, offset }) => offset < lost || (error?.code === 'UNEXPECTED_TOKEN' && offset === lost),
  );
  if (flaws.length === 0) return { tree: yaml.tree, lineOf: (path) => lineOf(yaml, path) };
  return {
    problems: flaws.slice(0, MAX_FLAWS).map(({ message, offset }: Flaw) => {
      const { line, col } = yaml.lines.linePos(offset);
      const end = text.indexOf('\n', offset);
      const from = yaml.lines.lineStarts[line - 1] ?? 0;
      const variable = text.slice(from, end === -1 ? undefined : end).includes('${');
      return {
        code: 'CONFIG_SYNTAX',
        what: withoutSource(message),
        where: `${name}:${line}:${col}`,
        ...(variable
          ? { remedy: 'Correct the YAML. Inside { } and [ ], a value with ${...} needs quotes.' }
          : {}),
      };
    }),
  };
}

/** A longer list does not help. */
const MAX_FLAWS = 100;

/** Some messages end with the text in question, which may be a password without its quotes. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/s, '');
}

function lineOf({ placesAt, lines, root }: PlainYaml, path: Path): number | undefined {
  const last = placesAt(path).at(-1);
  const offset = (path.length === 0 ? root : (last?.key ?? last?.value))?.range?.[0];
  return offset === undefined ? undefined : lines.linePos(offset).line;
}

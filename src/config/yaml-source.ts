import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { Problem } from '../errors.ts';
import type { Path } from './tree.ts';

/** A YAML text as plain data, and the way back from a path to its line. */
export interface Source {
  readonly tree: unknown;
  /** Line of a key or list entry, from 1; of the nearest one around it that is there. Undefined if there is none. */
  readonly lineOf: (path: Path) => number | undefined;
}

/** Either the source, or every CONFIG_SYNTAX problem with `name:line:column`. */
export function parseYaml(text: string, name: string): Source | { readonly problems: readonly Problem[] } {
  const lineCounter = new LineCounter();
  // Not `prettyErrors`: they quote the line, and the line may hold a secret.
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  // After the first token that is out of place, every other one is too.
  const lost = document.errors.find((error) => error.code === 'UNEXPECTED_TOKEN');
  const flaws = [...document.errors, ...document.warnings].filter(
    ({ code, pos }) =>
      lost === undefined || (code === 'UNEXPECTED_TOKEN' ? pos[0] === lost.pos[0] : pos[0] < lost.pos[0]),
  );
  if (flaws.length > 0) {
    return {
      problems: flaws.map(({ message, pos }) => {
        const { line, col } = lineCounter.linePos(pos[0]);
        const variable = text
          .slice(text.lastIndexOf('\n', pos[0] - 1) + 1)
          .split('\n', 1)[0]!
          .includes('${');
        return {
          code: 'CONFIG_SYNTAX',
          what: withoutSource(message),
          where: `${name}:${line}:${col}`,
          ...(variable ? { remedy: 'Correct the YAML; inside { } and [ ] a value with ${...} needs quotes.' } : {}),
        };
      }),
    };
  }
  try {
    return { tree: document.toJS(), lineOf: (path) => lineOf(document, lineCounter, path) };
  } catch (error) {
    // An alias without an anchor, or one that would expand without measure.
    return { problems: [{ code: 'CONFIG_SYNTAX', what: withoutSource((error as Error).message), where: name }] };
  }
}

/** Some messages end with the text they are about, which may be a password that lacks its quotes. */
function withoutSource(message: string): string {
  return message.replace(/: .*$/s, '');
}

function lineOf(document: Document, lineCounter: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents;
  let start = path.length === 0 && isNode(node) ? node.range?.[0] : undefined;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document);
    let place: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      [place, node] = [pair?.key, pair?.value];
    } else {
      place = isSeq(node) ? node.items[Number(key)] : undefined;
      node = place;
    }
    if (!isNode(place)) break;
    start = place.range?.[0] ?? start;
  }
  return start === undefined ? undefined : lineCounter.linePos(start).line;
}

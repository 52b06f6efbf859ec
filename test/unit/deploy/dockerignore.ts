import { readFileSync } from 'node:fs';

/**
 * Reads a .dockerignore: tells whether a path of the build context is left out. As Docker does it,
 * the last pattern that matches the path, or a folder it lies in, decides; `!` takes a path back
 * in.
 */
export function readDockerignore(file: string): (path: string) => boolean {
  const rules = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({
      leaveOut: !line.startsWith('!'),
      pattern: expressionOf(line.replace(/^!/, '')),
    }));
  return (path) => {
    const parts = path.split('/');
    const itAndItsFolders = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
    return (
      rules.findLast(({ pattern }) => itAndItsFolders.some((each) => pattern.test(each)))
        ?.leaveOut ?? false
    );
  };
}

/** `*` is anything within a name, a leading dot too; `**` is any number of folders. */
function expressionOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '(?:.*/)?');
  return new RegExp(`^${source}$`);
}

/** Longer texts are shown as a whole, before and after. */
const MAX_LINES = 3000;

/** The lines of two texts: `- ` only in the first, `+ ` only in the second, `  ` in both. */
export function lineDiff(before: string, after: string): string[] {
  const [a, b] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')];
  if (a.length > MAX_LINES || b.length > MAX_LINES)
    return [...a.map((line) => `- ${line}`), ...b.map((line) => `+ ${line}`)];
  // Longest common subsequence of what is left of both.
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      longest[i * width + j] =
        a[i] === b[j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`  ${a[i++]!}`);
      j++;
    } else if (
      j === b.length ||
      (i < a.length && longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!)
    )
      lines.push(`- ${a[i++]!}`);
    else lines.push(`+ ${b[j++]!}`);
  }
  return lines;
}

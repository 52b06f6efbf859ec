/** A line of an asciicast (version 2): seconds since its beginning, "o" for output, and the text. */
export type Printed = readonly [seconds: number, kind: 'o', text: string];

export const HEADER = { version: 2, width: 62, height: 16, title: 'npm run demo' };

/** What a terminal shows after each text of a recording. */
export function screensOf(recording: string): string[][] {
  const [, ...printed] = recording
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed);
  const lines = [''];
  let row = 0;
  return printed.map(([, , text]) => {
    // eslint-disable-next-line no-control-regex -- a terminal's sequences begin with a control character
    for (const [part] of text.matchAll(/\u001b\[\d*[A-Z]|\n|[^\u001b\n]+/g)) {
      if (part === '\n') row++;
      else if (part.endsWith('F') && part.startsWith('\u001b')) row -= Number(part.slice(2, -1));
      else if (part === '\u001b[J') lines.length = row;
      else if (part.startsWith('\u001b'))
        throw new Error(`no meaning is known for ${JSON.stringify(part)}`);
      else lines[row] = (lines[row] ?? '') + part;
      for (let missing = lines.length; missing <= row; missing++) lines[missing] = '';
    }
    return [...lines];
  });
}

const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * The end of the string that starts at `start`: after its closing quote, or at the end of the text
 * if it has none.
 */
export function textEnd(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    if (at === -1) return json.length;
    let slash = at;
    while (json.charCodeAt(slash - 1) === BACKSLASH) slash--;
    // A quote after an odd number of backslashes belongs to the string.
    if ((at - slash) % 2 === 0) return at + 1;
  }
}

/** The number of keys in valid JSON text. */
export function keysInText(json: string): number {
  let keys = 0;
  for (let at = json.indexOf('"'); at !== -1; at = json.indexOf('"', at)) {
    at = textEnd(json, at);
    while (isSpace(json.charCodeAt(at))) at++;
    if (json.charCodeAt(at) === COLON) keys++;
  }
  return keys;
}

/**
 * The number of keys in the objects of a value. It is smaller than the number in the text if a key
 * occurs twice, because the last one replaced the others.
 */
export function keysInValue(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) for (const item of value) keys += keysInValue(item);
  else for (const item of Object.values(value)) keys += 1 + keysInValue(item);
  return keys;
}

const isSpace = (code: number): boolean =>
  code === 0x20 || code === 0x09 || code === 0x0a || code === 0x0d;

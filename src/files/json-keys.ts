const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Where a text ends whose quote is at `start`: behind its other quote, or at the end of all where
 * it has none.
 */
export function textEnd(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    at = json.indexOf('"', at);
    if (at === -1) return json.length;
    let slash = at;
    while (json.charCodeAt(slash - 1) === BACKSLASH) slash--;
    // A quote behind an odd number of them belongs to the text.
    if ((at - slash) % 2 === 0) return at + 1;
  }
}

/** How many keys are written in valid JSON, whatever they are. */
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
 * How many keys the objects of a value have: fewer than are written where one is there twice, and
 * the last of them has won.
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

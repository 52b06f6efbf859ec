/**
 * Whether a file of this name lies inside of the folder that it is written to: a relative path with
 * forward slashes, without a step upwards.
 */
export function isSafeName(name: string): boolean {
  // eslint-disable-next-line no-control-regex
  if (name === '' || name.length > 1024 || /[\\\u0000-\u001f]|^[A-Za-z]:/.test(name)) return false;
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

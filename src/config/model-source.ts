/** What `model.source` names. */
export type NamedSource =
  /** A registered model of an MLflow server; `wanted`: the version or alias that it names. */
  | { readonly kind: 'mlflow'; readonly name: string; readonly wanted?: string }
  /** One file for each version: an archive, or a model.yaml with its files beside it. */
  | {
      readonly kind: 'pinned';
      readonly from: 'http' | 's3';
      /** With the name of a version instead of `{version}`. */
      readonly at: (version: string) => string;
      /** Whether the address has a `{version}`. */
      readonly several: boolean;
      readonly format: SourceFormat;
    };

export type SourceFormat = 'tar' | 'tar.gz' | 'zip' | 'model.yaml';

const VERSION = '{version}';
const REGISTERED = /^models:\/+([^/@:]+)(?:(@[^/@]+)|\/(latest|\d+))?$/;
const FORMATS: readonly (readonly [RegExp, SourceFormat])[] = [
  [/\.(tar\.gz|tgz)$/i, 'tar.gz'],
  [/\.tar$/i, 'tar'],
  [/\.zip$/i, 'zip'],
  [/\/model\.yaml$/, 'model.yaml'],
];

/** What a source names, or what is wrong with it. */
export function parseSource(text: string): NamedSource | { readonly wrong: string } {
  if (text.startsWith('models:')) {
    const [, name, alias, version] = REGISTERED.exec(text) ?? [];
    if (name === undefined)
      return { wrong: 'must be like models:/fraud, models:/fraud@champion or models:/fraud/3' };
    const wanted = alias ?? version;
    return { kind: 'mlflow', name, ...(wanted === undefined ? {} : { wanted }) };
  }
  const from = /^https?:\/\//.test(text) ? 'http' : 's3';
  const url = URL.parse(text.replaceAll(VERSION, '0'));
  const path = url?.pathname ?? '';
  if (from === 's3' && !/^s3:\/\/[^/\s@]+\/./.test(text))
    return { wrong: 'must begin with models:/, https://, http:// or s3://bucket/' };
  if (url === null || url.username !== '' || url.hash !== '')
    return { wrong: 'must be an address without a user, a password and a # in it' };
  const format = FORMATS.find(([end]) => end.test(path))?.[1];
  if (format === undefined)
    return {
      wrong:
        'must end in .tar.gz, .tgz, .tar, .zip or /model.yaml: a model alone does not say how events become tensors',
    };
  return {
    kind: 'pinned',
    from,
    at: (version) =>
      text.replaceAll(VERSION, from === 's3' ? version : encodeURIComponent(version)),
    several: text.includes(VERSION),
    format,
  };
}

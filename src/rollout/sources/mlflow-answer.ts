import type { HttpAnswer } from '../../runtime/http-request.ts';

/** A version of a registered model, as the server names it. */
export interface MlflowVersion {
  readonly version: string;
  readonly status: string;
  /** Other values belong to another version of the same number. */
  readonly made: string;
}

/** What an answer means. Proxies and login pages may answer instead of the server. */
export type MlflowSaid =
  | { readonly kind: 'value'; readonly value: Readonly<Record<string, unknown>> }
  /** The server itself says that it does not exist. */
  | { readonly kind: 'missing'; readonly message: string }
  | { readonly kind: 'foreign'; readonly why: string };

const MISSING = new Set([
  'RESOURCE_DOES_NOT_EXIST',
  'INVALID_PARAMETER_VALUE', // of an alias that does not exist
]);

export function mlflowSaid({ status, body }: HttpAnswer): MlflowSaid {
  const value = objectOf(body);
  if (value === undefined)
    return { kind: 'foreign', why: `status ${status}: this is not the answer of an MLflow server` };
  if (status === 200) return { kind: 'value', value };
  const { error_code: code, message } = value;
  if (typeof code !== 'string')
    return { kind: 'foreign', why: `status ${status}: this is not the answer of an MLflow server` };
  const words = typeof message === 'string' ? message : code;
  return MISSING.has(code)
    ? { kind: 'missing', message: words }
    : { kind: 'foreign', why: `status ${status}: ${words}` };
}

/** A version in an answer, or undefined. */
export function versionOf(value: unknown): MlflowVersion | undefined {
  const { version, status, creation_timestamp: time, source, run_id: run } = propertiesOf(value);
  if (typeof version !== 'string' && typeof version !== 'number') return undefined;
  return {
    version: String(version),
    status: typeof status === 'string' ? status : 'READY',
    made: JSON.stringify([time ?? null, source ?? null, run ?? null]),
  };
}

export function propertiesOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function objectOf(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(body.toString('utf8')) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

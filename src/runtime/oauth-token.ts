import { ScorerError } from '../errors.ts';

export interface TokenRequest {
  readonly endpoint: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Fetches an access token with the client credentials grant (RFC 6749, section 4.4). Throws
 * KAFKA_UNREACHABLE.
 */
export async function fetchToken({
  endpoint,
  clientId,
  clientSecret,
  scope,
}: TokenRequest): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(scope === undefined ? {} : { scope }),
  });
  const credentials = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const fail = (what: string, cause?: unknown): ScorerError =>
    new ScorerError(
      { code: 'KAFKA_UNREACHABLE', what, where: 'kafka.sasl.tokenEndpoint' },
      { cause },
    );
  try {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw fail(`the token endpoint answers ${response.status}`);
    const { access_token: token } = (await response.json()) as { access_token?: unknown };
    if (typeof token !== 'string') throw fail('the token endpoint answers without an access_token');
    return token;
  } catch (error) {
    throw error instanceof ScorerError ? error : fail('the token endpoint does not answer', error);
  }
}

/**
 * If a name has several addresses, the message of a refused connection is in the inner errors.
 * Messages of OpenSSL are lines of numbers around a reason.
 */
export function errorWords(error: unknown): string {
  if (error instanceof AggregateError && error.message === '')
    return error.errors.map(errorWords).join('; ');
  if (!(error instanceof Error)) return String(error);
  const { reason } = error as { readonly reason?: unknown };
  return error.message.includes('SSL routines') && typeof reason === 'string'
    ? `TLS: ${reason}`
    : error.message;
}

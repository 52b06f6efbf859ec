/**
 * The innermost error decides whether kafkajs retries, and whether it restarts a consumer that it
 * has ended.
 */
export function passing(error: unknown): unknown {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error) at = at.cause;
  return at instanceof Error ? (Object.assign(at, { retriable: true }), error) : error;
}

/** The error, marked so that kafkajs does not retry. */
export function asFinal(error: unknown): Error {
  return Object.assign(error as Error, { retriable: false });
}

/** The broker's name of an error. kafkajs wraps it without the name after its own retries. */
export function typeOf(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { type } = at as { type?: unknown };
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** Whether the broker says that something is not allowed, which no retry changes. */
export function isDenial(error: unknown): boolean {
  return typeOf(error)?.endsWith('AUTHORIZATION_FAILED') === true;
}

/** Whether the broker says that the topic does not exist. */
export function isMissingTopic(error: unknown): boolean {
  return typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION';
}

import { ScorerError } from '../errors.ts';
import { PROTOCOL } from './kafka-assignor.ts';

/** The cluster is away; the consumer goes on by itself. */
export function outageError(error: Error): ScorerError {
  const what = `the consumer lost the cluster and joins its group anew: ${error.message}`;
  return new ScorerError({ code: 'BROKER_UNAVAILABLE', what }, { cause: error });
}

/** Why the consumer ended, for a person: what the broker denies is named. */
export function crashError(error: Error & { type?: string; cause?: unknown }): ScorerError {
  const type = error.type ?? (error.cause as { type?: string } | undefined)?.type;
  if (type === 'INCONSISTENT_GROUP_PROTOCOL') {
    const what = `the group is in use by members with another assignment protocol than ${PROTOCOL}: ${error.message}`;
    return new ScorerError({ code: 'GROUP_IN_USE', what, where: 'input.groupId' }, { cause: error });
  }
  const denied = type?.endsWith('AUTHORIZATION_FAILED') === true;
  const what = `${denied ? 'reading was denied' : 'the consumer ended'}: ${error.message}`;
  return new ScorerError({ code: denied ? 'KAFKA_DENIED' : 'CONSUMER_CRASHED', what }, { cause: error });
}

import { ScorerError } from '../errors.ts';
import { typeOf } from '../kafkajs/kafka-errors.ts';
import { PROTOCOL } from './kafka-assignor.ts';

/** The cluster does not answer. The consumer continues by itself. */
export function outageError(error: Error): ScorerError {
  const what = `the consumer lost the connection to the cluster and joins its group again: ${error.message}`;
  return new ScorerError({ code: 'BROKER_UNAVAILABLE', what }, { cause: error });
}

/** Why the consumer ended. It names what the broker denies. */
export function crashError(error: Error): ScorerError {
  const type = typeOf(error);
  if (type === 'INCONSISTENT_GROUP_PROTOCOL') {
    const what = `other members of the group use another assignment protocol than ${PROTOCOL}: ${error.message}`;
    return new ScorerError(
      { code: 'GROUP_IN_USE', what, where: 'input.groupId' },
      { cause: error },
    );
  }
  if (type?.endsWith('AUTHORIZATION_FAILED') === true) {
    const [what, where] =
      type === 'GROUP_AUTHORIZATION_FAILED'
        ? ['the group', 'input.groupId']
        : ['the input topics', 'input.topics'];
    const problem = {
      code: 'KAFKA_DENIED',
      what: `Read on ${what} was denied: ${error.message}`,
      where,
    } as const;
    return new ScorerError(problem, { cause: error });
  }
  return new ScorerError(
    { code: 'CONSUMER_CRASHED', what: `the consumer ended: ${error.message}` },
    { cause: error },
  );
}

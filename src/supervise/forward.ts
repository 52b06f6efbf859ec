import type { HttpRequest, HttpResponse } from '../flow/http.ts';
import type { Member } from './member.ts';

/**
 * Requests that one process works on at a time. More would wait in its event loop, before the
 * batches of the stream. The caller gets an answer at once instead.
 */
export const MAX_OPEN = 16;

/**
 * After this time a request is abandoned. The process may be busy with a batch in its event loop.
 */
const ANSWER_MS = 10_000;

/**
 * Passes a request to the ready process with the fewest open requests. 503 if none is ready, if all
 * are busy, or if the process ends or does not answer.
 */
export async function forward(
  members: readonly (Member | undefined)[],
  route: string,
  request: HttpRequest,
): Promise<HttpResponse> {
  let chosen: Member | undefined;
  for (const member of members) {
    if (member?.ready === true && member.open < (chosen?.open ?? Infinity)) chosen = member;
  }
  if (chosen === undefined) return unavailable('no process is ready');
  if (chosen.open >= MAX_OPEN) return unavailable('every process is busy with other requests');
  const response = await chosen.request(route, request, ANSWER_MS);
  return response ?? unavailable('the process did not answer');
}

function unavailable(why: string): HttpResponse {
  return {
    status: 503,
    headers: { 'content-type': 'text/plain', 'retry-after': '1' },
    body: `${why}\n`,
  };
}

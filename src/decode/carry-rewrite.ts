import { sameBytes } from '../flow/same-bytes.ts';
import type { Shape, UnionShape } from '../flow/shape.ts';

export type Rewrite = (bytes: Buffer) => Buffer;

/** How a carried value's bytes become bytes of the output's type; null where they are that already. May throw. */
export function carryRewrite(writer: Shape, target: Shape): Rewrite | null {
  if (sameBytes(writer, target)) return null;
  const moved = target.kind === 'union' ? moveBranch(writer, target) : undefined;
  return moved ?? target.rewrite(writer);
}

/** Branch numbers up to this take one byte. */
const MOST_BRANCHES = 64;

/**
 * A value that moves into another union keeps its bytes; only the branch's number before them changes. Resolving it
 * instead would promote it to the first branch that fits, and fail for a long beyond 2^53.
 */
function moveBranch(writer: Shape, target: UnionShape): Rewrite | undefined {
  const branches = writer.kind === 'union' ? writer.branches : [writer];
  const places = branches.map((branch) => placeOf(branch, target));
  if (places.includes(-1) || Math.max(branches.length, target.branches.length) > MOST_BRANCHES) return undefined;
  if (writer.kind !== 'union') {
    const prefix = Buffer.of(places[0]! * 2);
    return (bytes) => Buffer.concat([prefix, bytes]);
  }
  return (bytes) => {
    const copy = Buffer.from(bytes);
    copy[0] = places[bytes[0]! / 2]! * 2;
    return copy;
  };
}

function placeOf(branch: Shape, { branches }: UnionShape): number {
  const same = branches.findIndex((candidate) => nameOf(candidate) === nameOf(branch) && sameBytes(branch, candidate));
  return same === -1 ? branches.findIndex((candidate) => sameBytes(branch, candidate)) : same;
}

const nameOf = (shape: Shape): string => ('name' in shape ? shape.name : '');

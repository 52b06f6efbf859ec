import { distance } from 'fastest-levenshtein';

/**
 * The candidate a person most likely meant by a misspelt word, for "did you mean ...?".
 *
 * Nearest by Levenshtein distance without regard to case, if at most a third of the letters are
 * wrong; otherwise the only candidate whose last dotted segment is the word (`brokers` →
 * `kafka.brokers`); otherwise none. On a tie the first wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let fewest = Infinity;
  const endings: string[] = [];
  for (const candidate of candidates) {
    const edits = distance(wanted, candidate.toLowerCase());
    const allowed = Math.ceil(Math.max(wanted.length, candidate.length) / 3);
    if (edits <= allowed && edits < fewest && edits < candidate.length)
      [best, fewest] = [candidate, edits];
    if (candidate.endsWith(`.${word}`)) endings.push(candidate);
  }
  return best ?? (endings.length === 1 ? endings[0] : undefined);
}

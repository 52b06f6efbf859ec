/** Below this, chance differences of the profile itself are as large as drift. */
export const ENOUGH_ROWS = 50_000;

/**
 * The profile is itself a sample, and this many of its standard errors are no drift. One slot of
 * some twenty is beyond 2 of them by chance, and a long stream would prove it; but with enough rows
 * that is a change of less than 0.01 standard deviations.
 */
const ERRORS = 2;
/** No slot of some hundred series is that far away by chance. */
const ERRORS_OF_FEW_ROWS = 5;
/** There are 168 hours, but each is compared only while it lasts. */
const ERRORS_OF_AN_HOUR = 4;

export function errorsOfAll(rows: number): number {
  return rows < ENOUGH_ROWS ? ERRORS_OF_FEW_ROWS : ERRORS;
}

export function errorsOfHour(rows: number): number {
  return rows < ENOUGH_ROWS ? ERRORS_OF_AN_HOUR : ERRORS;
}

/** What a profile of few rows cannot say, for people; undefined: it has enough rows. */
export function fewRows(rows: number): string | undefined {
  if (rows >= ENOUGH_ROWS) return undefined;
  const error = Number((ERRORS_OF_FEW_ROWS / Math.sqrt(rows)).toPrecision(2));
  return `the profile has only ${rows} rows: changes of less than ${error} standard deviations cannot be told from its own error, and PSI is high by chance; ${ENOUGH_ROWS} rows are enough`;
}

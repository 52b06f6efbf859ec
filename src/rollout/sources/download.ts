/** What was written to a file. */
export interface Downloaded {
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a record is. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export function describePlace({ topic, partition, offset }: Place): string {
  return `${topic}-${partition}, offset ${offset}`;
}

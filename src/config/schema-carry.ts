import { z } from 'zod';
import { fieldPath } from './schema-values.ts';

/** A carried field: as it is, or so that its value cannot be read. */
const entry = z.union([
  fieldPath,
  z
    .strictObject({
      field: fieldPath.describe('Path of the event field.'),
      hash: z
        .literal(true)
        .exactOptional()
        .describe('true: HMAC-SHA256 of the value with output.hashKey, as 64 hexadecimal digits.'),
      keepLast: z
        .int()
        .min(0)
        .max(64)
        .exactOptional()
        .describe(
          'Only this many characters at the end of the value are written, after ****. A value that is not longer is written as ****.',
        ),
    })
    .refine(
      ({ hash, keepLast }) => (hash === undefined) !== (keepLast === undefined),
      'needs either hash or keepLast',
    ),
]);

export const carry = z.array(entry).superRefine((entries, context) => {
  const seen = new Set<string>();
  for (const [index, one] of entries.entries()) {
    const path = typeof one === 'string' ? one : one.field;
    if (seen.has(path))
      context.addIssue({ code: 'custom', path: [index], message: 'is in the list twice' });
    seen.add(path);
  }
});

/** `writeOnly`: no output shows it (see `secret`). */
export const hashKey = z.string().min(16).regex(/\S/, 'must not be blank').meta({
  description:
    'Key of the hashes in carry: at least 16 characters, for example ${file:/run/secrets/hash-key}.',
  writeOnly: true,
});

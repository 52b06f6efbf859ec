import type { z } from 'zod';
import type { Problem } from '../errors.ts';
import type { FeatureSpec, InputSpec, Transform } from '../flow/features.ts';
import type { feature, transform } from './model-yaml-schema.ts';

/** The compiled form of model.yaml. */

export interface OutputSpec {
  readonly score?:
    | {
        readonly tensor?: string | undefined;
        readonly column?: number | undefined;
        /** Label of the class whose column is the score. */
        readonly class?: string | undefined;
      }
    | undefined;
  readonly classes?: readonly string[] | undefined;
  /**
   * It is not valid as a whole. This is its valid part, and missing entries may have been intended.
   */
  readonly vague?: true;
}

export interface ModelDescription {
  readonly file: string;
  /** '' where it is not known. */
  readonly sha256: string;
  /** Checksums of the other files of the model, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: readonly InputSpec[];
  readonly outputs: OutputSpec;
  readonly golden: string | undefined;
  readonly profile: string | undefined;
  /** Events that reasons are relative to. */
  readonly background: string | undefined;
  /** Words, groups and codes of reasons, by the field of the event. */
  readonly labels: Labels;
  /** Each event runs alone. */
  readonly batchDependent: boolean;
  /** Batch sizes run before the version may score. */
  readonly warmup: readonly number[];
}

/** By a field of the event, or by what decides (`rule:NAME`, `list:NAME`). */
export type Labels = Readonly<Record<string, Label>>;

export interface Label {
  /** The field in words, for people. */
  readonly label?: string | undefined;
  /** Fields of one group are one reason: their contributions are added. */
  readonly group?: string | undefined;
  /** The code of the reason, of a group as well. */
  readonly code?: string | undefined;
}

/** A model.yaml, and its problems. */
export interface ExaminedModelYaml {
  readonly description: ModelDescription;
  /** Keys at the top with a mistake. Their entries in `description` are placeholders. */
  readonly doubtful: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/** Something wrong in it. */
export interface Cause {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** The existing key that an unknown key probably means. */
  readonly near?: string;
}

type Feature = z.infer<typeof feature>;

export function compile(written: Feature): FeatureSpec {
  if (typeof written === 'string') return { field: written, transforms: [] };
  const { transform: first, clip: clipped, scale: scaled, ...rest } = written;
  const transforms = [...(first === undefined ? [] : [first].flat()).map(compileTransform)];
  if (clipped !== undefined) transforms.push({ kind: 'clip', ...clipped });
  if (scaled !== undefined) transforms.push({ kind: 'scale', ...scaled });
  return { ...definedOnly(rest), transforms };
}

function compileTransform(written: z.infer<typeof transform>): Transform {
  if (typeof written === 'string') return { kind: written };
  return 'clip' in written
    ? { kind: 'clip', ...written.clip }
    : { kind: 'scale', ...written.scale };
}

/** Removes keys with undefined values, which the compiled form does not have. */
function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(value).filter(([, entry]) => entry !== undefined),
  ) as never;
}

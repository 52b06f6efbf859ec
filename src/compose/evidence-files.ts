import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { stringify } from 'yaml';
import {
  isAvailable,
  type EvidenceFile,
  type ModelEvidence,
  type PolicyEvidence,
} from '../audit/evidence.ts';
import { lineDiff } from '../audit/line-diff.ts';
import type { Span } from '../audit/timeline.ts';
import type { Settings } from '../config/settings.ts';
import { ScorerError } from '../errors.ts';
import { recordedBundle } from './recorded-bundle.ts';
import { digestOf } from './policy-role.ts';

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Files of a bundle that say what a model is for, for people. */
const CARD = /^(?:readme|model[-_]?card|card)\.(?:md|txt|html)$/i;
/** A file name in the folder of the evidence. */
const safe = (name: string): string => name.replace(/[^A-Za-z0-9._-]/g, '_');

/** What each version that decided was, and copies of what describes it. */
export async function modelEvidence(
  spans: readonly Span[],
  settings: Settings,
  signal: AbortSignal,
): Promise<{ readonly models: ModelEvidence[]; readonly files: EvidenceFile[] }> {
  const models: ModelEvidence[] = [];
  const files: EvidenceFile[] = [];
  const byVersion = Map.groupBy(spans, ({ version, sha256 }) => JSON.stringify([version, sha256]));
  for (const own of byVersion.values()) {
    const [{ version, sha256 }] = own as [Span];
    const records = own.reduce((sum, span) => sum + span.records, 0);
    const found = await recordedBundle({ version, sha256 }, settings, signal);
    if (!isAvailable(found)) {
      models.push({ version, sha256, records, files: found, copies: [] });
      continue;
    }
    const { folder } = found.available;
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const inside = names
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
    const listed = [];
    for (const file of inside) listed.push({ file, sha256: await fileSha256(join(folder, file)) });
    const copies = inside.filter((file) => file === 'model.yaml' || CARD.test(file));
    const into = `models/${safe(version)}-${sha256.slice(0, 12)}`;
    for (const file of copies)
      files.push({
        path: `${into}/${file}`,
        text: await readFile(join(folder, file), 'utf8'),
      });
    models.push({
      version,
      sha256,
      records,
      files: { available: listed },
      copies: copies.map((file) => `${into}/${file}`),
    });
  }
  return { models, files };
}

async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** What each policy that decided was, and how it differs from the one before. */
export function policyEvidence(
  spans: readonly Span[],
  choices: readonly Settings[],
): { readonly policies: PolicyEvidence[]; readonly files: EvidenceFile[] } {
  const policies: PolicyEvidence[] = [];
  const files: EvidenceFile[] = [];
  let before: { readonly label: string | null; readonly text: string } | undefined;
  for (const [label, own] of Map.groupBy(spans, ({ policy }) => policy)) {
    const records = own.reduce((sum, span) => sum + span.records, 0);
    const decision = choices.find(
      ({ decision: one }) => one !== undefined && (one.policy ?? null) === label,
    )?.decision;
    if (decision === undefined) {
      const why = 'no policy at hand has this label: give --policy FILE';
      policies.push({ label, records, sha256: { notAvailable: why }, copy: null, diff: null });
      continue;
    }
    const { file: _place, ...rest } = decision;
    const text = stringify(rest, { lineWidth: 0 });
    const name = safe(label ?? 'no-label');
    const copy = `policies/${name}.yaml`;
    files.push({ path: copy, text });
    const diff =
      before === undefined ? null : `policies/${safe(before.label ?? 'no-label')}-to-${name}.diff`;
    if (before !== undefined)
      files.push({ path: diff!, text: `${lineDiff(before.text, text).join('\n')}\n` });
    before = { label, text };
    policies.push({ label, records, sha256: { available: digestOf(decision) }, copy, diff });
  }
  return { policies, files };
}

/** Two labels must not have one file. */
export function checkNames(files: readonly EvidenceFile[]): void {
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path))
      throw new ScorerError({
        code: 'INPUT_INVALID',
        what: `two versions or policies have names that become the same file ${path}`,
        where: '--output',
      });
    seen.add(path);
  }
}

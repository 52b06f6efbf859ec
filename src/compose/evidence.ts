import type { Evidence, EvidenceFile, Section } from '../audit/evidence.ts';
import { evidencePage } from '../audit/evidence-page.ts';
import type { SampleReport } from '../audit/sample-report.ts';
import type { PastSettings } from './audit-explain.ts';
import type { AuditKafka, OnShare } from './audit-records.ts';
import { sampleScores } from './audit-sample.ts';
import { RecordedExpected, type ExpectedOfVersion } from './evidence-expected.ts';
import { figuresOf, NO_SCORES } from './evidence-figures.ts';
import { checkNames, modelEvidence, policyEvidence, sha256Of } from './evidence-files.ts';
import { qualityOf } from './evidence-quality.ts';
import { scanDeadLetters, scanScores } from './evidence-scan.ts';

export interface EvidenceOptions extends AuditKafka, PastSettings {
  /** In ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Labels that were written later do not count. Undefined: all that are there. */
  readonly labelsTo: number | undefined;
  readonly sample: number;
  readonly seed: number;
  /** Writes a file of the evidence. */
  readonly write: (file: EvidenceFile) => Promise<void>;
  /** Hears what is being done, and how far it is. */
  readonly onStep: (step: string) => OnShare;
}

/**
 * Collects what the topics, the bundles and the policies say about a range of time, and writes it as
 * files. The same range gives the same files, as long as the topics and bundles have the same contents.
 */
export async function collectEvidence(options: EvidenceOptions): Promise<Evidence> {
  const { settings, policies: others, signal, sample: size, seed, onStep } = options;
  const range = { from: { time: options.from }, to: { time: options.to } };
  const choices = [settings, ...others];
  const lists = choices.flatMap(({ decision }) => (decision?.lists ?? []).map(({ name }) => name));
  const counted = new RecordedExpected(options);
  const scanned = await scanScores(options, range, lists, counted, onStep('score records'));
  const { timeline } = scanned;
  const { spans } = timeline;
  const deadLetters = await scanDeadLetters(options, range);
  const models = await modelEvidence(spans, settings, signal);
  const policies = policyEvidence(spans, choices);
  const sample: Section<SampleReport> =
    timeline.records === 0
      ? { notAvailable: NO_SCORES }
      : {
          available: await sampleScores({
            ...options,
            ...range,
            size,
            seed,
            onShare: onStep('sample'),
          }),
        };
  const { drift, fairness } = await figuresOf(options, options.to, scanned, onStep('figures'));
  const quality = await qualityOf(options, spans, onStep('quality'));
  const expected: Section<readonly ExpectedOfVersion[]> =
    timeline.records === 0 ? { notAvailable: NO_SCORES } : { available: counted.figures };
  const evidence: Evidence = {
    name: settings.name,
    from: new Date(options.from).toISOString(),
    to: new Date(options.to).toISOString(),
    inputTopics: settings.input.topics,
    outputTopic: settings.output.topic,
    scores: timeline.records,
    spans,
    models: models.models,
    policies: policies.policies,
    deadLetters,
    sample,
    drift,
    fairness,
    quality,
    expected,
  };
  const json = (path: string, value: unknown): EvidenceFile => ({
    path,
    text: `${JSON.stringify(value, null, 2)}\n`,
  });
  const files = [
    ...models.files,
    ...policies.files,
    json('timeline.json', spans),
    json('models.json', models.models),
    json('policies.json', policies.policies),
    json('dead-letters.json', deadLetters),
    json('sample.json', sample),
    json('figures/drift.json', drift),
    json('figures/fairness.json', fairness),
    json('figures/quality.json', quality),
    json('figures/expected.json', expected),
    { path: 'index.html', text: evidencePage(evidence) },
  ];
  checkNames(files);
  for (const file of files) await options.write(file);
  const digests = files.map(({ path, text }) => ({ path, sha256: sha256Of(text) }));
  digests.sort((a, b) => (a.path < b.path ? -1 : 1));
  const { name, from, to, scores } = evidence;
  await options.write(json('index.json', { name, from, to, scores, seed, files: digests }));
  return evidence;
}

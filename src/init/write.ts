import { Document, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { DraftColumn, DraftInput } from './match.ts';

export interface DraftedModel {
  readonly file: string;
  readonly sha256: string;
  /** Checksums of the other files of the model, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly inputs: readonly DraftInput[];
  /** The output with the score, or what a person has to decide about it. */
  readonly score: { readonly tensor: string } | { readonly undecided: string };
}

/**
 * A placeholder if no field fits. `check` then says that the event has no such field, and lists its
 * fields.
 */
const TODO_FIELD = 'TODO_';

const WIDTH = 118;

/** The text of a model.yaml, with uncertain points in comments. */
export function modelYaml({ file, sha256, files, inputs, score }: DraftedModel): string {
  const document = new Document({
    file,
    sha256,
    ...(Object.keys(files).length === 0 ? {} : { files }),
    inputs: Object.fromEntries(inputs.map(({ name, columns }) => [name, columns.map(written)])),
    ...('tensor' in score ? { outputs: { score } } : {}),
  });
  document.commentBefore = ' Drafted by `stream-scorer init`: check every line that has a comment.';
  if ('undecided' in score) {
    document.comment = ` TODO ${score.undecided}\n outputs: { score: { tensor: NAME, column: 0 } }`;
  }
  const feeding = document.get('inputs');
  inputs.forEach(({ name, columns, todo }, n) => {
    const list = document.getIn(['inputs', name]);
    if (!isSeq(list) || !isMap(feeding)) return;
    if (todo !== undefined) (feeding.items[n]!.key as Node).commentBefore = ` TODO ${todo}`;
    columns.forEach((column, i) => {
      comment(list.items[i] as Node, column);
    });
  });
  return document.toString({ lineWidth: WIDTH });
}

function written({
  wanted,
  field,
  categories,
  vector,
  matrix,
  missing,
}: DraftColumn): string | object {
  const path = field ?? `${TODO_FIELD}${wanted ?? ''}`;
  const more = Object.entries({ categories, vector, matrix, missing }).filter(
    ([, value]) => value !== undefined,
  );
  return more.length === 0 ? path : { field: path, ...Object.fromEntries(more) };
}

function comment(node: Node, { notes, todo }: DraftColumn): void {
  if (isMap(node)) node.flow = true;
  if (notes.length === 0) return;
  const text = ` ${todo ? 'TODO ' : ''}${notes.join('; ')}`;
  if (isScalar(node)) node.comment = text;
  else node.commentBefore = text;
}

export interface DraftedConfig {
  readonly name: string;
  readonly topic: string;
  /** Folder of the versions of the model, as the configuration names it. */
  readonly modelDir: string;
  readonly carry: readonly string[];
  /** The schema registry with the schema of the events; undefined if it came from a file. */
  readonly registryUrl: string | undefined;
}

/** The text of a scorer.yaml. */
export function scorerYaml({ name, topic, modelDir, carry, registryUrl }: DraftedConfig): string {
  const registry = registryUrl ?? 'http://localhost:8081';
  return `# Drafted by \`stream-scorer init\`. All keys: config/scorer.schema.json of the program.
name: ${quoted(name)}
kafka: { brokers: ["\${KAFKA_BROKERS:-localhost:9092}"] }
schemaRegistry: { url: ${JSON.stringify(`\${SCHEMA_REGISTRY_URL:-${registry}}`)} }
input: { topics: [${quoted(topic)}], groupId: ${quoted(`${name}-scorer`)} }
output: { topic: ${quoted(`${topic}-scores`)}, carry: [${carry.map(quoted).join(', ')}] }
deadLetter: { topic: ${quoted(`${topic}-dead`)} }
model: { dir: ${quoted(modelDir)}, champion: latest }
# Decisions for ranges of the score; the first match decides. Without them only the score is written.
# decision:
#   policy: "1"
#   bands: [{ upTo: 0.30, decision: APPROVE }, { upTo: 0.70, decision: REVIEW }, { decision: REJECT }]
`;
}

/** JSON is valid YAML, and cannot be misread as another type. */
function quoted(text: string): string {
  return /^[A-Za-z][\w.-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

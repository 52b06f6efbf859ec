import { ScorerError } from '../../src/errors.ts';
import type { ModelDescription } from '../../src/infer/model-description.ts';
import { examineModelYaml } from '../../src/infer/model-yaml.ts';

/** What a model.yaml says; throws its problems where it has some. */
export function parseModelYaml(text: string, path: string): ModelDescription {
  const { description, problems } = examineModelYaml(text, path);
  if (problems.length > 0) throw new ScorerError(problems);
  return description;
}

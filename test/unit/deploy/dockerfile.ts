import { readFileSync } from 'node:fs';

/** One line of a Dockerfile, continuations joined. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** From a FROM to the next one. */
export interface Stage {
  readonly image: string;
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile as far as this project writes them: no heredocs, no escape directive. */
export function readDockerfile(file: string): Stage[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, name, rest] = /^(\S+)\s+(.*)$/.exec(line)!;
    const from = name === 'FROM' ? /^(\S+)(?:\s+AS\s+(\S+))?$/i.exec(rest!) : null;
    if (from === null) stages.at(-1)!.instructions.push({ name: name!, rest: rest! });
    else stages.push({ image: from[1]!, name: from[2], instructions: [] });
  }
  return stages;
}

/** What the instruction with this name says in a stage, in the order of the file. */
export function saidBy(stage: Stage, name: string): string[] {
  return stage.instructions
    .filter((instruction) => instruction.name === name)
    .map(({ rest }) => rest);
}

/**
 * The source paths that COPY takes from the build context, without those it takes from other
 * stages.
 */
export function copiedFromContext(stage: Stage): string[] {
  return saidBy(stage, 'COPY')
    .filter((rest) => !rest.startsWith('--from='))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1));
}

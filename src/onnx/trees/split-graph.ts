import {
  delimited,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  MODEL_GRAPH,
  split,
  valueName,
  withGraph,
} from '../protobuf-fields.ts';
import { floatOutput, readNode } from '../protobuf-onnx.ts';
import { Scanner } from '../protobuf-scan.ts';
import { UnsupportedTrees } from './unsupported.ts';
import { readEnsembleNode, type EnsembleNode } from './protobuf-ensemble.ts';

/**
 * A model with one ensemble, split before and after the ensemble. The parts are models with a
 * float32 matrix at each cut.
 */
export interface SplitGraph {
  readonly ensemble: EnsembleNode;
  /** From the inputs to the input of the ensemble; undefined if they are the same. */
  readonly front: Uint8Array | undefined;
  /** From the output of the ensemble to that of the model; undefined if they are the same. */
  readonly back: Uint8Array | undefined;
  /** From the input of the ensemble to the output of the model. */
  readonly whole: () => Uint8Array;
}

const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_GRAPHS = new Set([6, 11]);

/** Throws `UnsupportedTrees` if the output does not depend on one ensemble alone. */
export function splitGraph(model: Uint8Array, output: string): SplitGraph {
  const fields = split(model);
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  const parts = split(graph?.body ?? new Uint8Array(0));
  const nodes = parts
    .filter(({ number }) => number === GRAPH_NODE)
    .map((field) => {
      const { operator, inputs, outputs } = readNode(field.body);
      return { field, operator, inputs, outputs };
    });
  const [found, ...more] = nodes.filter(({ operator }) => operator.startsWith('TreeEnsemble'));
  if (found === undefined) throw new UnsupportedTrees('the model has no trees');
  if (more.length > 0) throw new UnsupportedTrees('the model has several tree ensembles');
  if (found.operator === 'TreeEnsemble')
    throw new UnsupportedTrees('they use the operator TreeEnsemble of ai.onnx.ml 5');
  const ensemble = readEnsembleNode(found.field.body);
  const isInput = new Set(
    parts.filter(({ number }) => number === GRAPH_INPUT).map(({ body }) => valueName(body)),
  );
  const makers = new Map(
    nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );

  /** The nodes that compute a value, and in `seen` the values on the way. */
  const reach = (name: string, from: string | undefined) => {
    const seen = new Set<string>();
    const needed = new Set<(typeof nodes)[number]>();
    const need = (value: string): void => {
      if (seen.has(value)) return;
      seen.add(value);
      const maker = value === from ? undefined : makers.get(value);
      if (maker === undefined) return;
      if (hasGraph(maker.field.body))
        throw new UnsupportedTrees('the model has branches or loops (If, Loop, Scan)');
      needed.add(maker);
      maker.inputs.forEach(need);
    };
    need(name);
    return { seen, needed };
  };
  const cut = (name: string, from?: string): Uint8Array => {
    const { seen, needed } = reach(name, from);
    const kept = parts.filter(({ number, body }) => {
      if (number === GRAPH_INPUT) return valueName(body) !== from && seen.has(valueName(body));
      return number !== GRAPH_NODE && number !== GRAPH_OUTPUT;
    });
    const body = [
      ...nodes.filter((node) => needed.has(node)).map(({ field }) => field.whole),
      ...kept.map(({ whole }) => whole),
      ...(from === undefined ? [] : [delimited(GRAPH_INPUT, floatOutput(from))]),
      parts.find((part) => part.number === GRAPH_OUTPUT && valueName(part.body) === name)?.whole ??
        delimited(GRAPH_OUTPUT, floatOutput(name)),
    ];
    return withGraph(fields, body);
  };

  const { seen } = reach(output, ensemble.output);
  if (!seen.has(ensemble.output)) throw new UnsupportedTrees('the score does not depend on them');
  if (ensemble.label !== undefined && seen.has(ensemble.label))
    throw new UnsupportedTrees('the score depends on their label');
  if ([...seen].some((name) => isInput.has(name)))
    throw new UnsupportedTrees('the score does not depend on them alone');
  return {
    ensemble,
    front: isInput.has(ensemble.input) ? undefined : cut(ensemble.input),
    back: ensemble.output === output ? undefined : cut(output, ensemble.output),
    whole: () => cut(output, ensemble.input),
  };
}

function hasGraph(node: Uint8Array): boolean {
  for (const { number, body } of split(node)) {
    if (number !== NODE_ATTRIBUTE) continue;
    const scanner = new Scanner(body);
    while (scanner.next()) {
      if (ATTRIBUTE_GRAPHS.has(scanner.number)) return true;
      scanner.skipAlike();
    }
  }
  return false;
}

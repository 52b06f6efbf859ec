import type { ProjectedField, Projection } from '../../src/flow/projection.ts';
import { branchesOf, findPath, isFound } from '../../src/flow/path.ts';
import { fieldPaths, type SchemaNode } from '../../src/flow/schema-node.ts';
import type { RandomAvro } from './random-avro.ts';

/**
 * Some needs that a contract could have: anything in any way, elements and entries too; and fields
 * carried.
 */
export function randomNeeds(random: RandomAvro, node: SchemaNode): Projection {
  const fields = random.some(pathsOf(node)).map((path) => needOf(random, node, path));
  return { fields, carry: random.some(fieldPaths(node)) };
}

/**
 * A path in any of the ways it can be taken; required only where the schema has something of the
 * kind.
 */
export function needOf(random: RandomAvro, root: SchemaNode, path: string): ProjectedField {
  const as = (['number', 'text', 'length', 'vector', 'long', 'utf8'] as const)[random.int(0, 5)]!;
  const found = findPath(root, path);
  const fits = isFound(found) && branchesOf(found.node).some(({ kind }) => SURE[as].includes(kind));
  const optional = !fits || random.chance(0.5);
  return as === 'vector' ? { path, as, size: random.int(1, 4), optional } : { path, as, optional };
}

const SURE: Readonly<Record<ProjectedField['as'], readonly SchemaNode['kind'][]>> = {
  number: ['int', 'long', 'float', 'double', 'boolean'],
  long: ['int', 'long'],
  text: ['string', 'enum'],
  utf8: ['string', 'enum'],
  length: ['array', 'map', 'string'],
  vector: ['array'],
};

const DEEPEST = 4;
const MOST = 40;

/** Paths through records, unions of records, the first elements of arrays and some keys of maps. */
export function pathsOf(root: SchemaNode): string[] {
  const paths: string[] = [];
  const visit = (node: SchemaNode, prefix: string, depth: number): void => {
    if (depth > DEEPEST) return;
    const children = new Map(branchesOf(node).flatMap((branch) => childrenOf(branch, prefix)));
    for (const [path, child] of children) {
      paths.push(path);
      visit(child, path, depth + 1);
    }
  };
  visit(root, '', 0);
  return paths.filter((_path, i) => i % Math.ceil(paths.length / MOST) === 0);
}

function childrenOf(node: SchemaNode, prefix: string): [string, SchemaNode][] {
  switch (node.kind) {
    case 'record':
      return node.fields.map(({ name, node: child }) => [
        prefix === '' ? name : `${prefix}.${name}`,
        child,
      ]);
    case 'array':
      return [0, 2].map((i) => [`${prefix}[${i}]`, node.items]);
    case 'map':
      return [
        [`${prefix}.a`, node.values],
        [`${prefix}["x"]`, node.values],
      ];
    default:
      return [];
  }
}

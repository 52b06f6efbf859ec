/**
 * Why the trees of a model are not read or compiled. ONNX Runtime then runs them. It is never an
 * error for the user.
 */
export class UnsupportedTrees extends Error {}

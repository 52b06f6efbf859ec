/**
 * Why the trees of a model are not read or compiled: ONNX Runtime runs them then. Never an error
 * for the user.
 */
export class UnsupportedTrees extends Error {}

/** Why an ensemble stays with ONNX Runtime; never an error for the user. */
export class NotCompiled extends Error {}

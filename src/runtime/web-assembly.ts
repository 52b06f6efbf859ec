/** Every engine has it; the types of Node.js lack it. */
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
};

const PAGE = 65_536;

/** A module of WebAssembly with memory of its own. */
export interface Kernel {
  readonly buffer: ArrayBuffer;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** `kernel`: the module in base64, which imports its memory. `bytes`: how much it needs. */
export function openKernel(kernel: string, bytes: number): Kernel {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const module = new WebAssembly.Module(Buffer.from(kernel, 'base64'));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { buffer: memory.buffer, exports };
}

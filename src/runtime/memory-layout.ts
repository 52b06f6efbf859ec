/**
 * Addresses in the memory of the kernel, each a multiple of 16 or more. The first bytes stay
 * unused.
 */
export class MemoryLayout {
  end = 1024;

  allocate(bytes: number, multiple = 16): number {
    const start = Math.ceil(this.end / multiple) * multiple;
    this.end = Math.ceil((start + bytes) / 16) * 16;
    return start;
  }
}

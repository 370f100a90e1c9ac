/** Buffers that are used again: fresh memory for every large message costs more than copying it. */

/** So many wait for their next use. */
const MAX_FREE = 16;
/** Sizes are multiples of this, so that messages of about one size share buffers. */
const STEP_BYTES = 64 * 1024;

export interface Pool {
  /** At least `size` bytes, of any content. */
  take(size: number): Uint8Array<ArrayBuffer>;
  /** Nobody reads or writes the buffer any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void;
}

export function createPool(): Pool {
  let free: Uint8Array<ArrayBuffer>[] = [];
  return {
    take(size) {
      const wanted = Math.ceil(size / STEP_BYTES) * STEP_BYTES;
      const found = free.findIndex(({ length }) => length === wanted);
      return found < 0 ? new Uint8Array(wanted) : free.splice(found, 1)[0]!;
    },
    give(buffer) {
      free = [...free.slice(1 - MAX_FREE), buffer];
    },
  };
}

/** What a model from outside may have at most. */

/** Size of a file that is read at all. */
export const MAX_BYTES = 512 * 1024 * 1024;
export const MAX_RANK = 16;
/** Ops of a model, those of bodies and of functions wherever they are called included. */
export const MAX_NODES = 100_000;
/** Graphs inside graphs. */
export const MAX_NESTING = 16;
/** Local functions that call one another. */
export const MAX_CALLS = 64;

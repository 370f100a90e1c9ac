/** Seeded randomness for one node: the same seed and path give the same numbers, whatever the rest of the graph does. */
import { createHash } from "node:crypto";
import { xoroshiro128plus, xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

export interface Rng {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Standard normal (Marsaglia's polar method). */
  normal(): number;
  /** Uniform integer in [0, n). */
  integer(n: number): number;
}

/** A generator whose state can be kept: data. */
export interface SavedRng extends Rng {
  snapshot(): readonly number[];
  restore(saved: readonly number[]): void;
}

/**
 * A node's seed: the first 32 bits of SHA-256 over the run's seed and the path as its author wrote it.
 *
 * @example
 * seedOf(7, "arm") === seedOf(7, "arm") // true
 * seedOf(7, "arm") === seedOf(7, "leg") // false
 */
export const seedOf = (seed: number, path: string): number =>
  createHash("sha256").update(`${seed}\u0000${path}`).digest().readInt32LE(0);

const WARM_UP = 8;
/** 32-bit words of the generator's state. */
const STATE_WORDS = 4;

/**
 * A generator (xoroshiro128+, 53-bit uniforms).
 *
 * @example
 * rng(7).uniform() === rng(7).uniform() // true
 */
export function rng(seed: number): SavedRng {
  let generator = xoroshiro128plus(scramble(seed));
  // the generator's state starts with few bits set
  for (let i = 0; i < WARM_UP; i++) generator.next();
  let spare: number | undefined;
  const uniform = () => {
    const high = generator.next() >>> 5;
    const low = generator.next() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  };
  const normal = () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const u = 2 * uniform() - 1;
      const v = 2 * uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    }
  };
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    normal,
    integer: (n) => Math.floor(uniform() * n),
    snapshot: () => [...generator.getState(), ...(spare === undefined ? [] : [spare])],
    restore(saved) {
      generator = xoroshiro128plusFromState(saved.slice(0, STATE_WORDS));
      spare = saved[STATE_WORDS];
    },
  };
}

/** Spreads a seed over all 32 bits (the finaliser of MurmurHash3): small seeds would start with nearly equal numbers. */
function scramble(seed: number): number {
  let h = seed ^ 0x9e3779b9;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}

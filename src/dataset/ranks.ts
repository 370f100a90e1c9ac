/**
 * Which numbers stand at some places once all are sorted, without sorting or holding them: eleven bits a pass.
 *
 * A float's bits, the sign turned round, rise with the number. A pass counts by the next bits those numbers whose bits so
 * far are right; the counts say which bits come next. Three passes are exact for float32, six for float64 (radix
 * selection: Knuth, The Art of Computer Programming 3, section 5.2.5).
 */
import type { Dtype, Floats } from "./scratch.js";

/** How many bits are told apart by each pass over a word of 32, highest first. */
const DIGITS = [11, 11, 10] as const;
const BINS = 2048;
/** Columns of which counts are held at a time. */
const MAX_COLUMNS = 256;

/** Numbers whose bits begin alike, and the places that are looked for among them. */
interface Group {
  readonly high: number;
  readonly low: number;
  readonly wanted: readonly { readonly index: number; readonly place: number }[];
  readonly counts: Uint32Array;
}

/**
 * For each column its numbers at these places, counted from 0 in rising order; −0 comes before 0.
 *
 * @param visit hands over all rows of [rows, width], in pieces, each time it is called; no number is NaN
 * @param places below the number of rows
 * @example
 * const rows = Float64Array.of(5, -1, 3, 4);
 * await ranked("float64", 1, async (take) => take(rows), [0, 3]) // [[-1, 5]]
 */
export async function ranked(
  dtype: Dtype,
  width: number,
  visit: (take: (rows: Floats) => void) => Promise<void>,
  places: readonly number[],
): Promise<number[][]> {
  const found: number[][] = [];
  for (let first = 0; first < width; first += MAX_COLUMNS)
    found.push(...(await columns(dtype, width, first, Math.min(width, first + MAX_COLUMNS), visit, places)));
  return found;
}

async function columns(
  dtype: Dtype,
  width: number,
  first: number,
  end: number,
  visit: (take: (rows: Floats) => void) => Promise<void>,
  places: readonly number[],
): Promise<number[][]> {
  const bits = bitsOf(dtype);
  let groups = Array.from({ length: end - first }, (): Group[] => [
    group(
      0,
      0,
      places.map((place, index) => ({ index, place })),
    ),
  ]);
  for (let word = 0; word < bits.words; word++)
    for (let digit = 0, shift = 32; digit < DIGITS.length; digit++) {
      const above = shift;
      shift -= DIGITS[digit]!;
      const mask = 2 ** DIGITS[digit]! - 1;
      const part = shift;
      await visit((rows) => {
        for (let row = first; row < rows.length; row += width)
          for (let c = 0; c < end - first; c++) {
            const [high, low] = bits.of(rows[row + c]!);
            const key = word === 0 ? high : low;
            const before = above === 32 ? 0 : key >>> above;
            for (const { high: h, low: l, counts } of groups[c]!)
              if (word === 0 ? before === h : high === h && before === l) counts[(key >>> part) & mask]!++;
          }
      });
      groups = groups.map((of) => of.flatMap((one) => [...split(one, word, DIGITS[digit]!)]));
    }
  return groups.map((of) => {
    const values = new Array<number>(places.length);
    for (const { high, low, wanted } of of) for (const { index } of wanted) values[index] = bits.number(high, low);
    return values;
  });
}

const group = (high: number, low: number, wanted: Group["wanted"]): Group => ({
  high,
  low,
  wanted,
  counts: new Uint32Array(BINS),
});

/** The groups of the next bits. */
function* split({ high, low, wanted, counts }: Group, word: number, bits: number): Generator<Group> {
  let below = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const here = counts[bin]!;
    const inside = wanted.filter(({ place }) => place >= below && place < below + here);
    if (inside.length > 0) {
      const next = ((word === 0 ? high : low) * 2 ** bits + bin) >>> 0;
      const rest = inside.map(({ index, place }) => ({ index, place: place - below }));
      yield word === 0 ? group(next, 0, rest) : group(high, next, rest);
    }
    below += here;
  }
}

/** A number as words that rise with it, and back. */
function bitsOf(dtype: Dtype) {
  if (dtype === "float32") {
    const float = new Float32Array(1);
    const word = new Uint32Array(float.buffer);
    const pair: [number, number] = [0, 0];
    return {
      words: 1,
      of(x: number) {
        float[0] = x;
        const w = word[0]!;
        pair[0] = (w & 0x80000000 ? ~w : w ^ 0x80000000) >>> 0;
        return pair;
      },
      number(high: number) {
        word[0] = high & 0x80000000 ? high ^ 0x80000000 : ~high;
        return float[0]!;
      },
    };
  }
  const float = new Float64Array(1);
  const words = new Uint32Array(float.buffer);
  const pair: [number, number] = [0, 0];
  return {
    words: 2,
    of(x: number) {
      float[0] = x;
      const negative = (words[1]! & 0x80000000) !== 0;
      pair[0] = (negative ? ~words[1]! : words[1]! ^ 0x80000000) >>> 0;
      pair[1] = (negative ? ~words[0]! : words[0]!) >>> 0;
      return pair;
    },
    number(high: number, low: number) {
      const negative = (high & 0x80000000) === 0;
      words[1] = negative ? ~high : high ^ 0x80000000;
      words[0] = negative ? ~low : low;
      return float[0]!;
    },
  };
}

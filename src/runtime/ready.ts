/** The vertices that fire at the current tag, taken in rank order: a bit a rank, with a summary bit a word. */
export class ReadySet {
  readonly #words: Uint32Array;
  readonly #summary: Uint32Array;

  constructor(ranks: number) {
    this.#words = new Uint32Array((ranks >>> 5) + 1);
    this.#summary = new Uint32Array((this.#words.length >>> 5) + 1);
  }

  /** Marks a rank; marking twice is marking once, which is why a vertex fires at most once a tag. */
  add(rank: number): void {
    const word = rank >>> 5;
    this.#words[word]! |= 1 << (rank & 31);
    this.#summary[word >>> 5]! |= 1 << (word & 31);
  }

  /** Takes the lowest rank; −1 when there is none. */
  take(): number {
    const summary = this.#summary;
    for (let s = 0; s < summary.length; s++) {
      const marks = summary[s]!;
      if (marks === 0) continue;
      const word = (s << 5) + lowest(marks);
      const bits = this.#words[word]!;
      const rank = (word << 5) + lowest(bits);
      const rest = bits & (bits - 1);
      this.#words[word] = rest;
      if (rest === 0) summary[s] = marks & (marks - 1);
      return rank;
    }
    return -1;
  }
}

const lowest = (bits: number): number => 31 - Math.clz32(bits & -bits);

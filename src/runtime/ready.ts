/** The vertices that fire at the current tag, taken in rank order: a bit a rank, scanned between the words in use. */
export class ReadySet {
  readonly #words: Int32Array;
  /** Words outside of these are 0. */
  #first: number;
  #last = -1;

  constructor(ranks: number) {
    this.#words = new Int32Array((ranks >>> 5) + 1);
    this.#first = this.#words.length;
  }

  /** Marks a rank; marking twice is marking once, which is why a vertex fires at most once a tag. */
  add(rank: number): void {
    const word = rank >>> 5;
    this.#words[word]! |= 1 << (rank & 31);
    if (word < this.#first) this.#first = word;
    if (word > this.#last) this.#last = word;
  }

  /** Takes the lowest rank; −1 when there is none. */
  take(): number {
    const words = this.#words;
    while (this.#first <= this.#last) {
      const bits = words[this.#first]!;
      if (bits !== 0) {
        words[this.#first] = bits & (bits - 1);
        return (this.#first << 5) + 31 - Math.clz32(bits & -bits);
      }
      this.#first++;
    }
    this.#first = words.length;
    this.#last = -1;
    return -1;
  }
}

/**
 * The vertices that fire at the current tag, taken in rank order: a bit a rank, scanned between the words in use.
 *
 * Its parts are open, since specialised firings mark their readers themselves.
 */
export class ReadySet {
  readonly bits: Int32Array;
  /** Words outside of these are 0. */
  first: number;
  last = -1;

  constructor(ranks: number) {
    this.bits = new Int32Array((ranks >>> 5) + 1);
    this.first = this.bits.length;
  }

  /** Marks a rank; marking twice is marking once, which is why a vertex fires at most once a tag. */
  add(rank: number): void {
    const word = rank >>> 5;
    this.bits[word]! |= 1 << (rank & 31);
    if (word < this.first) this.first = word;
    if (word > this.last) this.last = word;
  }

  /** Takes the lowest rank; −1 when there is none. */
  take(): number {
    const { bits, last } = this;
    let word = this.first;
    for (; word <= last; word++) {
      const set = bits[word]!;
      if (set === 0) continue;
      bits[word] = set & (set - 1);
      this.first = word;
      return (word << 5) + 31 - Math.clz32(set & -set);
    }
    this.first = bits.length;
    this.last = -1;
    return -1;
  }
}

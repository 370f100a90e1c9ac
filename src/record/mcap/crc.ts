/**
 * CRC-32 of bytes that lie one after another, from the CRCs of their parts: every byte of a log is summed once, though
 * its chunk, its frame and the data section each carry a checksum.
 *
 * A CRC is a polynomial over GF(2) modulo the generator; appending n bytes multiplies what came before by x^(8n).
 * (W. W. Peterson and D. T. Brown, "Cyclic codes for error detection", Proc. IRE 49, 1961.)
 */

/** The generator of CRC-32 (IEEE 802.3), lowest power in the highest bit, as the checksum itself is written. */
const GENERATOR = 0xedb88320;
/** The polynomial 1. */
const ONE = 0x80000000;

/** The product of two polynomials modulo the generator. */
function times(a: number, b: number): number {
  let product = 0;
  let power = b;
  for (let rest = a; rest !== 0; rest <<= 1) {
    if (rest & ONE) product ^= power;
    power = power & 1 ? (power >>> 1) ^ GENERATOR : power >>> 1;
  }
  return product;
}

/** x^(8·2^k) for k = 0, 1, …: what doubling numbers of bytes multiply by. */
const DOUBLINGS: readonly number[] = (() => {
  const powers = [ONE >>> 8];
  while (powers.length < 53) powers.push(times(powers.at(-1)!, powers.at(-1)!));
  return powers;
})();

/**
 * The CRC-32 of two runs of bytes, one behind the other.
 *
 * @param second CRC of the second run, which has `length` bytes.
 * @example
 * // of "sound ", and of "bytes"
 * joinCrc(0x034106bf, 0xb19943ce, 5) === 0x5c1037e3 // true
 */
export function joinCrc(first: number, second: number, length: number): number {
  let shifted = first;
  for (let rest = length, k = 0; rest > 0; rest = Math.floor(rest / 2), k++)
    if (rest % 2 === 1) shifted = times(DOUBLINGS[k]!, shifted);
  return (shifted ^ second) >>> 0;
}

/**
 * Floats of 16 bits, which JavaScript has no arrays of: their bits to numbers and back, rounded to nearest, ties to even
 * (IEEE 754-2019 binary16; bfloat16 is the upper half of binary32).
 *
 * They are read, moved, cast and evaluated; nothing is written, generated or trained in them.
 */
import { rint } from "./rounding.js";

export interface SmallFloat {
  read(bits: number): number;
  write(value: number): number;
}

function smallFloat(exponentBits: number, fractionBits: number): SmallFloat {
  const bias = 2 ** (exponentBits - 1) - 1;
  const [least, most] = [1 - bias, bias];
  const hidden = 2 ** fractionBits;
  const infinite = (2 ** exponentBits - 1) * hidden;
  return {
    read(bits) {
      const sign = bits & 0x8000 ? -1 : 1;
      const exponent = (bits & 0x7fff) >> fractionBits;
      const fraction = bits & (hidden - 1);
      if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
      if (exponent === 0) return sign * fraction * 2 ** (least - fractionBits);
      return sign * (hidden + fraction) * 2 ** (exponent - bias - fractionBits);
    },
    write(value) {
      if (Number.isNaN(value)) return infinite + hidden / 2;
      const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
      const size = Math.abs(value);
      if (size === Number.POSITIVE_INFINITY) return sign + infinite;
      let exponent = Math.floor(Math.log2(size));
      if (2 ** exponent > size) exponent--;
      exponent = Math.max(exponent, least);
      // a fraction that rounds up to the next power of two carries into the exponent, up to infinity
      const fraction = rint(size / 2 ** (exponent - fractionBits));
      return sign + (exponent > most ? infinite : Math.min(infinite, (exponent - least) * hidden + fraction));
    },
  };
}

export const half: { readonly float16: SmallFloat; readonly bfloat16: SmallFloat } = {
  float16: smallFloat(5, 10),
  bfloat16: smallFloat(8, 7),
};

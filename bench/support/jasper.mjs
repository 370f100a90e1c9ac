/**
 * A hyperspectral image by pixel: three of its bands, about red, green and blue, to all 198. The left 70 columns are to
 * learn from (the last ten of them to validate on), the right 30 are the test.
 */
import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { predict } from "../../dist/distill/students/predict.js";
import { ridge } from "../../dist/distill/students/ridge.js";
import { block, cut } from "./rows.mjs";

const BANDS = 198;
const COLUMN = 100;
const [TRAIN_COLUMNS, VALIDATION_COLUMNS] = [60, 70];
/** Sensor bands, from 1, about 650, 550 and 450 nm. */
const RGB = [29, 18, 8];
const COMPRESSED = 15;
const HEADER = 128;

/** Numbers of the named matrices of a MAT file (version 5), column-major. */
function matrices(bytes) {
  const found = new Map();
  for (let at = HEADER; at < bytes.length; ) {
    const [type, size] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    const body = bytes.subarray(at + 8, at + 8 + size);
    if (type === COMPRESSED) {
      const parts = elements(inflateSync(body).subarray(8));
      const [, , name, values] = parts;
      if (values !== undefined) found.set(name.data.toString("latin1"), numbers(values));
    }
    at += 8 + size;
  }
  return found;
}

function elements(bytes) {
  const parts = [];
  for (let at = 0; at + 8 <= bytes.length; ) {
    const small = bytes.readUInt16LE(at + 2);
    const type = small > 0 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
    const size = small > 0 ? small : bytes.readUInt32LE(at + 4);
    const from = at + (small > 0 ? 4 : 8);
    parts.push({ type, data: bytes.subarray(from, from + size) });
    at = small > 0 ? at + 8 : from + Math.ceil(size / 8) * 8;
  }
  return parts;
}

function numbers({ type, data }) {
  const read = {
    2: [1, "readUInt8"],
    4: [2, "readUInt16LE"],
    9: [8, "readDoubleLE"],
  }[type];
  if (read === undefined) return [];
  return Array.from({ length: data.length / read[0] }, (_, i) => data[read[1]](i * read[0]));
}

export function jasper(file) {
  const mat = matrices(readFileSync(file));
  const [cube, shares, bands, [most]] = ["Y", "A", "SlectBands", "maxValue"].map((name) => mat.get(name));
  const pixels = cube.length / BANDS;
  const own = RGB.map((band) => bands.indexOf(band));
  const y = { rows: pixels, width: BANDS, data: Float32Array.from(cube, (v) => v / most) };
  const x = { rows: pixels, width: 3, data: new Float32Array(pixels * 3) };
  const truth = { rows: pixels, width: 4, data: new Float32Array(pixels * 4) };
  for (let p = 0; p < pixels; p++) {
    own.forEach((band, i) => {
      x.data[p * 3 + i] = y.data[p * BANDS + band];
    });
    const part = shares.slice(p * 4, p * 4 + 4);
    truth.data[p * 4 + part.indexOf(Math.max(...part))] = 1;
  }
  const bounds = [0, TRAIN_COLUMNS * COLUMN, VALIDATION_COLUMNS * COLUMN, pixels];
  const parts = (m) => bounds.slice(1).map((to, i) => cut(m, bounds[i], to));
  const [xs, ys, labelled] = [parts(x), parts(y), parts(truth)];
  const data = {
    inputs: [block("rgb", 3)],
    outputs: [block("bands", BANDS)],
    train: { x: xs[0], y: ys[0] },
    validation: { x: xs[1], y: ys[1] },
  };
  const labeller = ridge.fit(
    {
      inputs: [block("bands", BANDS)],
      outputs: [block("material", 4)],
      train: { x: ys[0], y: labelled[0] },
      validation: { x: ys[1], y: labelled[1] },
    },
    { seed: 1, now: () => 0 },
  );
  return {
    data,
    held: { x: xs[2], y: ys[2] },
    score(said, { data: actual }) {
      let [error, size] = [0, 0];
      for (let i = 0; i < actual.length; i++) {
        error += (said.data[i] - actual[i]) ** 2;
        size += actual[i] ** 2;
      }
      return Math.sqrt(error / size);
    },
    /** The same data with products of the inputs beside them. */
    quadratic(of) {
      const squared = (m) => {
        const rows = Array.from({ length: m.rows }, (_, r) => {
          const [a, b, c] = m.data.subarray(r * 3, r * 3 + 3);
          return [a, b, c, a * a, b * b, c * c, a * b, a * c, b * c];
        });
        return { rows: m.rows, width: 9, data: Float32Array.from(rows.flat()) };
      };
      if (of.train === undefined) return { ...of, x: squared(of.x) };
      const part = (p) => ({ ...p, x: squared(p.x) });
      return { ...of, inputs: [block("rgb", 9)], train: part(of.train), validation: part(of.validation) };
    },
    /** Share of the test pixels whose material a linear labeller, made on the cube, finds in these bands. */
    async labels(said) {
      const scores = await predict((await labeller).model, said);
      let right = 0;
      for (let r = 0; r < said.rows; r++) {
        const own = [...scores.data.subarray(r * 4, r * 4 + 4)];
        if (labelled[2].data[r * 4 + own.indexOf(Math.max(...own))] === 1) right++;
      }
      return right / said.rows;
    },
  };
}

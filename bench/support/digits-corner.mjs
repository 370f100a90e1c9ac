/**
 * The top-left key-point of handwritten digits: the first inked pixel in reading order, row by row from the top and from
 * the left in each, at least half as bright as can be. Inputs are images of 28 × 28, the output its (x, y) in pixels.
 */
import { fileURLToPath } from "node:url";
import { rng } from "../../dist/component/rng.js";
import { compileFlatten } from "../../dist/message/flatten.js";
import { openNpy } from "../../dist/record/foreign/npy.js";
import { openZip } from "../../dist/record/foreign/zip.js";
import { shuffle } from "../../dist/train/shuffle.js";
import { nmse } from "./rows.mjs";

const SIDE = 28;
const INK = 128;
const SPLITS = { train: 2_000, validation: 500, held: 2_000 };

/** All images, one behind the other. */
async function imagesOf(url) {
  const entry = (await openZip(fileURLToPath(url))).find(({ name }) => name === "x.npy");
  const { rows, read } = await openNpy(entry.read);
  const images = new Float32Array(rows * SIDE ** 2);
  let r = 0;
  for await (const image of read()) images.set(image, r++ * SIDE ** 2);
  return images;
}

export async function digitsCorner(url) {
  const x = await imagesOf(url);
  // the file is sorted by digit
  const order = Int32Array.from({ length: x.length / SIDE ** 2 }, (_, i) => i);
  shuffle(order, rng(1));
  let taken = 0;
  const part = (rows) => {
    const images = new Float32Array(rows * SIDE ** 2);
    const corners = new Float32Array(rows * 2);
    for (let r = 0; r < rows; r++) {
      const image = x.subarray(order[taken] * SIDE ** 2, (order[taken++] + 1) * SIDE ** 2);
      images.set(image, r * SIDE ** 2);
      const first = image.findIndex((v) => v >= INK);
      corners.set([first % SIDE, Math.floor(first / SIDE)], 2 * r);
    }
    return {
      x: { rows, width: SIDE ** 2, data: images },
      y: { rows, width: 2, data: corners },
    };
  };
  const type = { tensor: [SIDE, SIDE], dtype: "uint8" };
  const data = {
    inputs: [{ port: "digit", type, columns: compileFlatten(type).columns }],
    outputs: [
      {
        port: "corner",
        columns: [
          { name: "x", unit: "px" },
          { name: "y", unit: "px" },
        ],
      },
    ],
    train: part(SPLITS.train),
    validation: part(SPLITS.validation),
  };
  return { data, held: part(SPLITS.held), score: nmse };
}

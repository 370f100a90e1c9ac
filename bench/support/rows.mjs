/** Rows for students: matrices, port blocks, cuts in order. */
export const matrix = (rows) => ({
  rows: rows.length,
  width: rows[0].length,
  data: Float32Array.from(rows.flat()),
});

export const cut = ({ width, data }, from, to) => ({
  rows: to - from,
  width,
  data: data.subarray(from * width, to * width),
});

export const block = (port, width) => ({
  port,
  columns: Array.from({ length: width }, (_, i) => ({ name: `[${i}]` })),
});

/** Mean squared error over the variance of the truth, averaged over columns. */
export function nmse(said, { rows, width, data }) {
  let sum = 0;
  for (let c = 0; c < width; c++) {
    let [mean, error, variance] = [0, 0, 0];
    for (let r = 0; r < rows; r++) mean += data[r * width + c] / rows;
    for (let r = 0; r < rows; r++) {
      error += (said.data[r * width + c] - data[r * width + c]) ** 2;
      variance += (data[r * width + c] - mean) ** 2;
    }
    sum += error / variance / width;
  }
  return sum;
}

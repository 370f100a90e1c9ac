/** The same trainings in TensorFlow.js on its WebAssembly backend: `node train-tfjs.mjs JSON` prints its version and steps a second. */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createJiti } from "jiti";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
const wasm = require("@tensorflow/tfjs-backend-wasm");

const { net, seconds } = JSON.parse(process.argv[2]);
const ROWS = 4096;
const BATCH = 64;
// gradients are not in what `require` gives, and are modules that Node does not take for such
await createJiti(import.meta.url).import("@tensorflow/tfjs-core/dist/register_all_gradients.js");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
await tf.setBackend("wasm");
await tf.ready();

const { widths, activation } = net;
const layers = widths.slice(1).map((to, i) => ({
  w: tf.variable(tf.randomUniform([widths[i], to], -0.3, 0.3)),
  b: tf.variable(tf.zeros([to])),
}));
const x = tf.randomUniform([ROWS, widths[0]]);
const y = tf.randomUniform([ROWS, widths.at(-1)]);
const optimiser = tf.train.adam(1e-3);
const step = (rows) =>
  optimiser.minimize(() => {
    const out = layers.reduce(
      (h, { w, b }, i) => {
        const z = tf.add(tf.matMul(h, w), b);
        return i + 1 < layers.length ? tf[activation](z) : z;
      },
      tf.gather(x, rows),
    );
    return tf.mean(tf.square(tf.sub(out, tf.gather(y, rows))));
  });

const started = performance.now();
let begun;
let steps = 0;
for (;;) {
  const order = tf.util.createShuffledIndices(ROWS);
  for (let from = 0; from < ROWS; from += BATCH) {
    tf.tidy(() => step(tf.tensor1d(Int32Array.from(order.subarray(from, from + BATCH)), "int32")));
    steps += 1;
    const now = performance.now();
    if (begun === undefined && now - started > 333 * seconds) [begun, steps] = [now, 0];
    if (now - started > 1000 * seconds) {
      console.log(tf.version_core, (1000 * steps) / (now - begun));
      process.exit();
    }
  }
}

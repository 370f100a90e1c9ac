/** What is said of recordings, imports, datasets, exports and comparisons, as the golden has it: an example of every code. */
import { expect, test } from "vitest";
import { consensus } from "../../src/problem/catalogue/consensus.js";
import { dataset } from "../../src/problem/catalogue/dataset.js";
import { exporting } from "../../src/problem/catalogue/export.js";
import { foreign } from "../../src/problem/catalogue/foreign.js";
import { record } from "../../src/problem/catalogue/record.js";
import { printProblems } from "../../src/problem/print.js";
import { type Problem, problem } from "../../src/problem/problem.js";

const file = "reach-0001.mcap";
const bag = "drive.db3";
const map = { path: "/streams/joints" };
const at = "message 12 of `/joint_states`";
const dir = "reach";
const out = "reach-lerobot";

const problems: readonly Problem[] = [
  problem("L0700", { file: "notes.txt", reason: "it does not begin with the magic bytes of MCAP" }),
  problem("L0701", { file, offset: 4096, reason: "the checksum of a frame does not hold" }),
  problem("L0702", { file, reason: "no space left on device" }),
  problem("L0703", { file, bytes: 0 }),
  problem("L0703", { file, bytes: 311 }),
  problem("L0704", { file, port: "camera" }),
  problem("L0705", { file, compression: "lz4" }),
  problem("L0706", { file, limit: 67_108_864 }),
  problem("L0707", { file, offset: 4096, size: 1e12, limit: 268_435_456 }),
  problem("L0710", { recording: file, port: "joints", column: "velocity[0]", tag_ns: 20_000_000, value: Number.NaN }),
  problem("L0711", { file, port: "joint", nearest: "joints" }),
  problem("L0711", { file, port: "imu", known: [] }),
  problem("L0711", { file, port: "imu", known: ["joints", "target"] }),
  problem("L0711", { file, port: "controller.torque", known: ["joints", "target"], log: true }),
  problem("L0712", { port: "joints", file, other: "reach-0002.mcap", reason: "/velocity: is `m/s`, and was `rad/s`" }),
  problem("L0713", { causes: "" }),
  problem("L0713", { causes: "", silent: ["joints", "torque"] }),
  problem("L0713", { causes: "no target yet: 12, joints older than the tolerance: 3" }),
  problem("L0714", { dir }),
  problem("L0715", { dir, reason: "no space left on device" }),
  problem("L0716", { dir, reason: "it has no dataset.json" }),
  problem("L0717", { file: "reach/inputs/joints.npy", reason: "its bytes have changed" }),
  problem("L0718", { split: "test", has: "train and validation" }),
  problem("L0719", { a: "train", b: "test", what: "row 80" }),
  problem("L0720", { have: 2, what: "episodes", need: 3 }),
  problem("L0720", { have: 3, what: "rows", need: 3, empty: "validation" }),
  problem("L0721", { file, other: "copy.mcap" }),
  problem("L0722", { limit: 4_294_967_296 }),
  problem("L0723", { what: "`direction` of gps", found: "sideways", expected: "one of backward, forward, nearest" }),
  problem("L0724", { file, reason: "it has no in-stream `joints`" }),
  problem("L0730", { option: "keep", reason: "does not go with `trigger`", help: "Leave one of them out." }),
  problem("L0731", { option: "when", ref: "contact", reason: "it does not record `contact`", known: ["joints"] }),
  problem("L0731", {
    option: "when",
    ref: "joint",
    reason: "it does not record `joint`",
    known: [],
    nearest: "joints",
  }),
  problem("L0732", {
    file,
    messages: 30,
    drops: [
      { port: "target", cause: "disk full", messages: 10 },
      { port: "joints", cause: "queue full", messages: 20 },
    ],
  }),
  problem("L0733", { ref: "contact.force", ports: ["target", "joints"] }),
  problem("L0739", { file, start: 4096, end: 8192, reason: "the checksum of a frame does not hold" }),

  problem("L0740", { file: "drive.bin", reason: "it is none of MCAP, SQLite, npz, npy and text" }),
  problem("L0740", { file: bag, reason: "the bag is compressed as a whole (zstd)", help: "`zstd -d` unpacks it." }),
  problem(
    "L0741",
    { topic: "/joint_state", file: bag, known: ["/joint_states", "/tf"], nearest: "/joint_states" },
    map,
  ),
  problem("L0741", { topic: "/imu", file: bag, known: ["/joint_states", "/tf"] }, map),
  problem("L0741", { topic: "/imu", file: bag, known: [] }, map),
  problem("L0742", { field: "positon", of: "topic `/joint_states`", known: ["position"], nearest: "position" }, map),
  problem("L0742", { field: "q8", of: "scales.csv", known: Array.from({ length: 15 }, (_, i) => `c${i}`) }, map),
  problem("L0743", { topic: "/cloud", file: bag, reason: "the bag has no definition of `my_msgs/msg/Cloud`" }, map),
  problem("L0744", { stream: "joint", graph: "`arm`", known: ["joints"], nearest: "joints" }, map),
  problem("L0744", { stream: "torque", graph: "`arm`", is: "an out-stream", known: ["joints", "target"] }, map),
  problem("L0745", { file: bag, stream: "joints", at, reason: "/position[1] is missing" }, map),
  problem("L0746", { file: bag, stream: "joints", at, what: "stamp", time: "1.5", last: "1.502" }, map),
  problem(
    "L0747",
    {
      file: bag,
      stream: "joints",
      at,
      reason: "it is 130 ms older than the youngest before it",
      help: "Declare a window longer than 130ms, or `order: drop`.",
    },
    map,
  ),
  problem(
    "L0748",
    { stream: "joints", count: 3, total: 100, why: "out of order (`order: drop`)", first: `${at}, stamp 1.5 s` },
    map,
  ),
  problem("L0749", { field: "name", is: "a list of texts", stream: "joints/position", wants: "a tensor of [2]" }, map),
  problem("L0750", { stream: "target", reason: "the mapping does not name it" }),
  problem("L0751", { field: "yaw", from: "deg", to: "m", stream: "heading" }, map),
  problem("L0752", { what: "`scales.csv` has no time of its own", help: "Name the column: `time: t`." }, map),
  problem("L0753", { stream: "joints", count: 2, what: "numbers are NaN or infinite, and kept" }),
  problem("L0754", { name: "bagg", known: ["bag", "scales"], nearest: "bag" }, { path: "/streams/joints/from" }),
  problem("L0754", { name: "x", known: ["bag", "scales"] }, { path: "/streams/joints/from" }),
  problem("L0755", { file, reason: "it exists", help: "Choose another name, or remove it." }),
  problem("L0756", { written: "drive.map.yaml", reason: "no recording is named" }),
  problem("L0757", { file: bag, what: "topic `/cloud`", reason: "the bag has no definition of `my_msgs/msg/Cloud`" }),

  problem("L0761", { a: "a.torque", b: "b.speed", reason: "one is in `N*m`, the other in `rad/s`" }),
  problem("L0762", { field: "velocty", types: ["position, velocity"] }),
  problem("L0763", { ref: "a.torqe", reason: "no recording has it", known: ["a.torque"], nearest: "a.torque" }),
  problem("L0763", { ref: "torque", reason: "several recordings have it", known: ["a/torque", "b/torque"] }),
  problem("L0764", { refs: ["a.torque"], outputs: ["a.torque", "b.speed"] }),
  problem("L0764", { refs: [], outputs: [] }),
  problem("L0765", { recording: "left", tag_ns: 10_000_000, after_ns: 20_000_000 }),
  problem("L0766", { what: "messages", limit: 10_000_000 }),

  problem("L0770", { kind: "lag", port: "joints", reason: "`rows` must be array" }),
  problem("L0771", { node: "reach", model: "reach@3", step_ns: 10_000_000, period_ns: 5_000_000 }),
  problem("L0771", { node: "reach", model: "reach@3", step_ns: undefined, period_ns: 5_000_000 }),
  problem("L0771", { node: "hold", model: "hold@1", step_ns: 50_000_000, period_ns: 25_000_000, carries: true }),
  problem("L0772", { port: "controller.torque" }),
  problem("L0773", { dir, row: 100, rows: 100 }),
  problem("L0774", { limit: 1000, need: 4096 }),
  problem("L0775", { node: "reach", model: "reach@3", port: "target" }),

  problem("L0780", { out }),
  problem("L0781", { out, reason: "no space left on device" }),
  problem("L0782", { out }),
  problem("L0783", { out }),
  problem("L0784", { out: "reach.npz", bytes: 5e9, limit: 4_294_967_295 }),
  problem("L0785", { out, uneven: 7, steps: 99, fps: 100 }),
  problem("L0786", { format: "lerbot", known: ["lerobot", "csv", "npz"], nearest: "lerobot" }),
  problem("L0786", { format: "hdf5", known: ["lerobot", "csv", "npz"] }),
  problem("L0787", { file: "policy.onnx", reason: "it has no metadata `limbeck`" }),
  problem("L0788", { file: "policy.onnx", reason: "it has no input `joints`", help: "Train it on these ports." }),
];

test("reads as the golden says", async () => {
  const printed = problems.map((p) => printProblems([p], { readText: () => undefined, color: false }));
  await expect(printed.join("\n――――\n\n")).toMatchFileSnapshot("recordings.golden.txt");
});

test("no code of these areas is without its example", () => {
  const shown = new Set(problems.map(({ code }) => code));
  const codes = [record, foreign, consensus, dataset, exporting].flatMap((area) => Object.keys(area));
  expect(codes.filter((code) => !shown.has(code as Problem["code"]))).toEqual([]);
});

/**
 * A project whose world is not still: a room that is heated to a plan read from a file, under weather that wanders, its
 * thermometer noisy and now and then silent.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rng } from "../../src/component/rng.js";
import type { Substitute } from "../../src/distill/finetune.js";
import { standIn } from "../../src/distill/stand-in.js";
import { findTeacher, type Teacher } from "../../src/distill/teacher.js";
import { compileFlatten } from "../../src/message/flatten.js";
import { graphBuilder } from "../../src/onnx/builder.js";
import { add, concat, matmul } from "../../src/onnx/functions.js";
import type { Model } from "../../src/onnx/ir.js";
import { tensor } from "../../src/onnx/tensor.js";
import { checked, type Loaded, loadGraph } from "../../src/project/load.js";

export const ROOM_GRAPH = `limbeck: 1
name: room
seed: 3
streams:
  in:
    wanted: {message: {type: number}, simulate: plan.value, contract: {rate: 7hz, jitter: 20ms, loss: 10%}}
    thermometer: {message: {type: number}, simulate: drops.value, contract: {rate: 20hz, latency: 50ms}}
  out:
    power: {message: {type: number}, from: controller.power, initial: 0.5}
world:
  plan: {component: source/csv, params: {path: plan.csv, time: t, ports: {value: wanted}}}
  weather: {component: source/random-walk, on: 30hz, params: {start: 5, deviation: 2}}
  room: {component: ./room.ts, on: 20hz, in: {power: power, outside: weather.value}}
  noise: {component: fault/noise, in: {value: "room.air:warmth"}, params: {deviation: 0.2}}
  drops: {component: fault/drop-out, in: {value: noise.value}, params: {loss: 0.2, burst: 2}}
nodes:
  smooth: {component: filter/ema, on: 20hz, in: {value: {from: wanted, max_age: 500ms, missing: {default: 18}}}, params: {time_constant: 0.2}}
  controller: {component: ./controller.ts, on: 10hz, in: {wanted: smooth.value, measured: {from: thermometer, initial: 15}}}
evaluate:
  for: 4s
  episodes: 4
  metrics: {comfort: {rmse: ["room.air:warmth", wanted]}}
  starts: {training: {room.warmth0: {uniform: [10, 20]}}, cold: {room.warmth0: {uniform: [0, 5]}}}
`;

const ROOM = `import { ops, tensorStep, Type } from "limbeck";
export default tensorStep({
  doc: "Air that is heated and loses heat.",
  params: Type.Object({ warmth0: Type.Number({ default: 15 }) }),
  inputs: { power: Type.Number(), outside: Type.Number() },
  outputs: { air: Type.Object({ warmth: Type.Number(), flow: Type.Number() }) },
  state: ({ warmth0 }) => ({ warmth: warmth0 }),
  step({ power, outside }, { warmth }, { dt }) {
    const flow = ops.sub(ops.mul(8, ops.tanh(power)), ops.mul(0.2, ops.sub(warmth, outside)));
    const next = ops.add(warmth, ops.mul(dt, flow));
    return { outputs: { air: { warmth: next, flow } }, state: { warmth: next } };
  },
});
`;
const CONTROLLER = `import { step, Type } from "limbeck";
export default step({
  doc: "Heats by the difference.",
  inputs: { wanted: Type.Number(), measured: Type.Number() },
  outputs: { power: Type.Number() },
  step: ({ wanted, measured }) => ({ outputs: { power: 0.1 * (wanted - measured) } }),
});
`;

/** A time in s and what is wanted from then on. */
const PLAN = `t,wanted\n${Array.from({ length: 60 }, (_, i) => `${(0.11 * i).toFixed(2)},${18 + (i % 7)}`).join("\n")}\n`;

export const roomProject = {
  "room.graph.yaml": ROOM_GRAPH,
  "room.ts": ROOM,
  "controller.ts": CONTROLLER,
  "plan.csv": PLAN,
} as const;

/** The project in a folder, with other files in the place of some. */
export async function makeRoomProject(folder: string, files: { readonly [name: string]: string } = {}) {
  mkdirSync(folder);
  for (const [name, text] of Object.entries({ ...roomProject, ...files })) writeFileSync(join(folder, name), text);
  return loadGraph(join(folder, "room.graph.yaml"));
}

/** A student that is one matrix: what a teacher would be given, times weights. */
export function linearStudent(loaded: Loaded, nodes: readonly string[], weights?: readonly number[]): Substitute {
  const teacher = findTeacher(checked(loaded), { nodes });
  return { teacher, component: standIn(teacher, "#linear"), model: linear(teacher, weights) };
}

function linear({ inputs, outputs }: Teacher, weights?: readonly number[]): Model {
  const width = ({ type }: Teacher["inputs"][number]) => compileFlatten(type).width;
  const g = graphBuilder("linear");
  const given = inputs.map((input) => g.input(`obs.${input.port}`, "float32", ["N", width(input)]));
  const x = given.length === 1 ? given[0]! : concat(given, 1);
  const from = inputs.reduce((sum, input) => sum + width(input), 0);
  const draws = rng(1);
  for (const output of outputs) {
    const size = from * width(output);
    const drawn = Array.from({ length: size }, () => draws.between(-0.1, 0.1));
    const w = g.initializer(`${output.port}.weights`, tensor("float32", [from, width(output)], weights ?? drawn));
    const b = g.initializer(`${output.port}.bias`, tensor("float32", [width(output)], new Float32Array(width(output))));
    g.output(`act.${output.port}`, add(matmul(x, w), b));
  }
  return g.model();
}

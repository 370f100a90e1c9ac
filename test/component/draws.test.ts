/** What a component is as a function of what it draws: told the same numbers, it says what it says in simulation, to the bit. */
import Type from "typebox";
import { expect, test } from "vitest";
import type { Context, Inputs, InputTypes, Outputs, Setup } from "../../src/component/component.js";
import { library } from "../../src/component/library.js";
import { messageParts } from "../../src/component/parts.js";
import { rng } from "../../src/component/rng.js";
import { programModel } from "../../src/component/tensor/trace.js";
import type { Message, MessageSchema } from "../../src/message/type.js";
import { evaluate } from "../../src/onnx/evaluate.js";
import type { Tensor } from "../../src/onnx/ir.js";
import { scalar, tensor } from "../../src/onnx/tensor.js";

const schema = (of: object) => of as unknown as MessageSchema;
const number = schema(Type.Number());
const pose = schema({
  type: "object",
  required: ["name", "place", "turn"],
  properties: { name: { enum: ["a", "b"] }, place: { tensor: [2], dtype: "float32" }, turn: { type: "number" } },
});
const poseAt = (k: number): Message => ({ name: "b", place: Float32Array.of(k, -k), turn: 0.1 * k });
const value = (k: number) => ({ value: Math.sin(k) });

type Case = readonly [name: string, params: object, types: InputTypes, inputs: (k: number) => Inputs];
const cases: readonly Case[] = [
  ["fault/noise", { deviation: 0.3 }, { value: number }, value],
  [
    "fault/noise",
    { deviation: [0.1, 0, 2], distribution: "uniform", from: 0.4 },
    { value: pose },
    (k) => ({ value: poseAt(k) }),
  ],
  [
    "fault/drift",
    { rate: 0.5, walk: [1, 0.2, 3], from: 0.25, until: 0.8 },
    { value: pose },
    (k) => ({ value: poseAt(k) }),
  ],
  ["fault/drop-out", { loss: 0.4 }, { value: number }, value],
  ["fault/drop-out", { loss: 0.4, burst: 3, until: 0.7 }, { value: pose }, (k) => ({ value: poseAt(k) })],
  [
    "sim/two-link-arm",
    { noise: 0.01, velocity_noise: 0.1 },
    { torque: schema({ tensor: [2] }) },
    (k) => ({ torque: Float64Array.of(k, 1) }),
  ],
  [
    "sim/spectral-camera",
    {
      pixels: [2, 3],
      bands: [500, 600],
      materials: { soil: { base: 0.2, peaks: [] }, leaf: { base: 0.1, peaks: [{ height: 0.4, at: 550, width: 30 }] } },
      discs: [{ material: "leaf", centre: [0, 0], radius: 1 }],
      noise: 0.01,
    },
    {},
    () => ({}),
  ],
];

test.each(cases)("%s %j", async (name, given, types, inputs) => {
  const component = library[name]!;
  const signature = component.signature(given as never, types);
  const { params } = signature;
  const trigger = { kind: "clock", period_ns: 1e8, phase_ns: 0 } as const;
  const setup = { node: "n", params, signature, inputs: types, kinds: {}, trigger } as unknown as Setup;
  const instance = await component.instantiate({ ...setup, rng: rng(0), wake: () => {} });
  const { size, next, program } = component.draws!(setup)!;
  const [own, again] = [rng(5), rng(5)];
  let state = Object.fromEntries(program.state.map(({ name, initial }) => [name, initial]));
  const model = programModel(program);
  let spoken = 0;
  for (let k = 0; k < 12; k++) {
    const [time, dt] = [k / 10, k === 0 ? 0 : 0.1];
    const ctx = { time, dt, time_ns: k * 1e8, params, rng: own, fresh: () => true, age: () => 0 } as unknown as Context;
    const said = (await instance.fire!(inputs(k), ctx)) as Outputs;
    const told = partsOf("in", types, inputs(k));
    const drawn = tensor("float64", [size], next(again, time));
    const results = evaluate(model, {
      ...only(program.graph.inputs, {
        ...told,
        "in.#drawn": drawn,
        time: scalar("float64", time),
        dt: scalar("float64", dt),
        ...Object.fromEntries(Object.entries(state).map(([key, was]) => [`state.${key}`, was])),
      }),
    });
    state = Object.fromEntries(Object.keys(state).map((key) => [key, results[`next.${key}`]!]));
    for (const [port, { type }] of Object.entries(signature.outputs)) {
      const valid = results[`valid.${port}`];
      expect(valid === undefined || Number(valid.data[0]) === 1).toBe(said[port] !== undefined);
      if (said[port] === undefined) continue;
      spoken++;
      for (const [leaf, { data }] of Object.entries(partsOf("out", { [port]: type }, { [port]: said[port] })))
        expect([leaf, ...results[leaf]!.data]).toEqual([leaf, ...data]);
    }
  }
  expect(spoken).toBeGreaterThan(2);
});

const only = (inputs: readonly { readonly name: string }[], feeds: { readonly [name: string]: Tensor }) =>
  Object.fromEntries(inputs.map(({ name }) => [name, feeds[name]!]));

function partsOf(side: "in" | "out", types: InputTypes, messages: { readonly [port: string]: Message | undefined }) {
  return Object.fromEntries(
    Object.entries(types).flatMap(([port, type]) => {
      const parts = messageParts(type!, port);
      const tensors = parts.tensors(messages[port]!);
      return parts.leaves.map(({ path }, i): [string, Tensor] => [
        `${side}.${port}${path === "" ? "" : `:${path}`}`,
        tensors[i]!,
      ]);
    }),
  );
}

test("what does not draw, or draws by what it hears, has no draws", () => {
  const setup = (params: object) => ({ node: "n", params, inputs: { value: number }, kinds: {} }) as unknown as Setup;
  expect(library["fault/drift"]!.draws!(setup({ rate: 1, walk: 0, from: 0 }))).toBeUndefined();
  expect(library["sim/two-link-arm"]!.draws!(setup({ noise: 0, velocity_noise: 0 }))).toBeUndefined();
  expect(library["fault/delay"]!.draws).toBeUndefined();
  expect(library["fault/nan"]!.draws).toBeUndefined();
});

/**
 * A policy file: what it says of itself, and a session that carries its state from call to call.
 *
 *     step 1: reset, zeros ─► state ─► step 2: state ─► state ─► …
 */
import { Ajv } from "ajv";
import Type, { type Static } from "typebox";
import type { PolicySession } from "../component/component.js";
import type { MessageSchema } from "../message/type.js";
import { assertModel } from "../onnx/check.js";
import { decode } from "../onnx/codec/index.js";
import type { Model, Tensor, ValueInfo } from "../onnx/ir.js";
import { allocate, sizeOf } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";
import { openSession, type Session } from "../session/session.js";
import { METADATA_KEY } from "./metadata.js";

const closed = { additionalProperties: false } as const;
const named = { name: Type.String(), dtype: Type.String(), dims: Type.Array(Type.Integer({ minimum: 0 })) };
const tensorFacts = Type.Object(named, closed);
const saidFacts = Type.Object(
  {
    ...named,
    /** How what leads to it rounds: as IEEE 754 says, or in ways of an op's own, in float64 or down to float32. */
    rounding: Type.Enum(["exact", "float64", "float32"]),
  },
  closed,
);
const port = {
  /** The graph's port that it stands for. */
  ref: Type.String(),
  /** A message type, with units. */
  type: Type.Unsafe<MessageSchema>({ type: "object" }),
  kind: Type.Enum(["signal", "event"]),
  /** SHA-256 of the canonical JSON of `type`. */
  digest: Type.String(),
};
const studentFacts = Type.Object(
  { model: Type.String(), nodes: Type.Array(Type.String()), kind: Type.String(), tuned: Type.Boolean() },
  closed,
);
const call = Type.Object(
  {
    period_ns: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    phase_ns: Type.Optional(Type.Number({ minimum: 0 })),
    on: Type.Optional(Type.Array(Type.String())),
  },
  closed,
);

export const policySchema = Type.Object(
  {
    limbeck: Type.Literal(1),
    policy: Type.Literal(1),
    /** When to call it: at each tick of a clock, at each message of these ports, or both. */
    call,
    inputs: Type.Record(
      Type.String(),
      Type.Object(
        {
          ...port,
          /** A tensor a part of the message: `obs.joints:velocity` of one row `dims`. */
          tensors: Type.Array(tensorFacts),
          /** `obs.<port>.fresh`: it came since the last call. `obs.<port>.age`: seconds since its stamp, infinite without one. */
          fresh: Type.Boolean(),
          age: Type.Boolean(),
          /** It is read through a delay. */
          delay: Type.Optional(Type.String()),
          initial: Type.Optional(Type.Unknown()),
        },
        closed,
      ),
    ),
    outputs: Type.Record(
      Type.String(),
      Type.Object(
        {
          ...port,
          tensors: Type.Array(saidFacts),
          /** An out-stream that it answers for. */
          stream: Type.Optional(Type.String()),
          /** `act.<port>.valid`: it says something at this call; else the tensors hold what it said last. */
          valid: Type.Boolean(),
          /** Stamp of its messages: that of the call's oldest trigger, the time of the call, or `act.<port>.age` s before it. */
          stamp: Type.Enum(["call", "tag", "age"]),
          /** Models among `students` that lead to it: it is as far off as they are. */
          students: Type.Optional(Type.Array(Type.String())),
        },
        closed,
      ),
    ),
    /** `dt`: seconds since the last call, 0 at the first. `time`: seconds since the origin, at ticks exactly theirs. */
    dt: Type.Boolean(),
    time: Type.Boolean(),
    /** `state_in.<name>`, `state_out.<name>`; `reset` begins it anew. */
    state: Type.Array(tensorFacts),
    graph: Type.Object({ name: Type.String(), digest: Type.String() }, closed),
    nodes: Type.Array(Type.String()),
    seed: Type.Integer(),
    /** Digest of the dataset that it was trained on. */
    dataset: Type.Optional(Type.String()),
    /** References of the models inside. */
    parents: Type.Array(Type.String()),
    /** Those of them that were distilled for it: of which nodes, and whether fine-tuning then moved them away from these. */
    students: Type.Optional(Type.Array(studentFacts)),
    metrics: Type.Record(Type.String(), Type.Unknown()),
  },
  { ...closed, title: "Limbeck policy" },
);

export type PolicyFacts = Static<typeof policySchema>;
/** How what leads to a part of what a policy says rounds. */
export type Rounding = PolicyFacts["outputs"][string]["tensors"][number]["rounding"];
/** A student inside of a policy. */
export type PolicyStudent = Static<typeof studentFacts>;

let validate: ReturnType<Ajv["compile"]> | undefined;

/**
 * What a policy says of itself.
 *
 * @param file names it in messages
 * @throws LimbeckError L0870 for a model that is no policy
 */
export function policyFacts({ metadata }: Pick<Model, "metadata">, file: string): PolicyFacts {
  const text = Object.hasOwn(metadata, METADATA_KEY) ? metadata[METADATA_KEY] : undefined;
  if (text === undefined) return fail("L0870", { file, reason: `it has no metadata \`${METADATA_KEY}\`` });
  let facts: unknown;
  try {
    facts = JSON.parse(text);
  } catch (error) {
    return fail(
      "L0870",
      { file, reason: `its metadata is not JSON: ${(error as Error).message}` },
      {},
      { cause: error },
    );
  }
  validate ??= new Ajv({ strict: true }).compile(policySchema);
  if (validate(facts)) return facts as PolicyFacts;
  const [first] = validate.errors!;
  return fail("L0870", { file, reason: `in its metadata, ${first!.instancePath || "the whole"} ${first!.message}` });
}

/** The facts of a policy's bytes. @throws LimbeckError as `decode` and `policyFacts` */
export const readPolicy = (bytes: Uint8Array, file: string): PolicyFacts =>
  policyFacts(assertModel(decode(bytes), { ops: "any" }), file);

const STATE_IN = "state_in.";
const STATE_OUT = "state_out.";
const RESET = "reset";

/**
 * A policy at work, `rows` of them in one call; what it remembers goes from call to call.
 *
 * @throws LimbeckError as `openSession`
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const { onnx } = await lower(loaded, { home: ".limbeck", spec: { nodes: ["gravity"] } });
 * const policy = await runPolicy(onnx, 2);
 * policy.outputs // ["act.torque", "act.torque.valid"]
 * await policy.close();
 */
export const runPolicy = async (bytes: Uint8Array, rows = 1): Promise<PolicySession> =>
  policyOver(await openSession(bytes), rows);

/** The same over a session that is open. */
export function policyOver(session: Session, rows = 1): PolicySession {
  const states = session.inputs.filter(({ name }) => name.startsWith(STATE_IN));
  const resets = session.inputs.some(({ name }) => name === RESET);
  const begin = (): { [name: string]: Tensor } =>
    Object.fromEntries(states.map((info) => [info.name, zeros(info, rows)]));
  const all = (value: number): Tensor => ({ dtype: "bool", dims: [rows], data: new Uint8Array(rows).fill(value) });
  const none = all(0);
  let state = begin();
  let reset = all(1);
  return {
    inputs: session.inputs.map(({ name }) => name).filter((name) => name !== RESET && !name.startsWith(STATE_IN)),
    outputs: session.outputs.map(({ name }) => name).filter((name) => !name.startsWith(STATE_OUT)),
    rows,
    async step(feeds) {
      const said = await session.run(resets ? { ...feeds, ...state, [RESET]: reset } : { ...feeds, ...state });
      for (const { name } of states) state[name] = said[STATE_OUT + name.slice(STATE_IN.length)]!;
      reset = none;
      return said;
    },
    reset(which) {
      const again = all(1);
      if (which !== undefined)
        for (let row = 0; row < rows; row++) again.data[row] = which[row] ? 1 : Number(reset.data[row]);
      reset = again;
    },
    snapshot: () => structuredClone({ state, reset }),
    restore(saved) {
      ({ state, reset } = structuredClone(saved));
    },
    close: () => session.close(),
  };
}

/** Nothing is remembered before the first call: it is a reset. */
function zeros({ dtype, shape }: ValueInfo, rows: number): Tensor {
  const dims = shape!.map((d, i) => (i === 0 ? rows : (d as number)));
  return { dtype: dtype!, dims, data: allocate(dtype!, sizeOf(dims)) };
}

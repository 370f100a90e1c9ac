/**
 * Models that were trained elsewhere: ONNX with what its card is to say under `limbeck` in its metadata, its ports under
 * the names of the recording. `python/limbeck_torch.py` writes such files.
 *
 *     obs.REF …, act.REF …     ─►     obs.PORT …, act.PORT …, in the order of the ports that it is to stand for
 */
import { Ajv } from "ajv";
import Type, { type Static } from "typebox";
import { decode, encode } from "../onnx/codec/index.js";
import { renamed } from "../onnx/names.js";
import { fail } from "../problem/problem.js";
import { cardSchema } from "./card.js";
import { METADATA_KEY } from "./metadata.js";
import { action, observation } from "./sessions.js";

const { inputs, outputs, transforms, columns, dataset, student, seed, metrics } = cardSchema.properties;

/** What a card says that only whoever trained the model knows. */
const factsSchema = Type.Object(
  {
    limbeck: Type.Literal(1),
    /** Names of the graphs that were recorded. */
    graphs: Type.Array(Type.String()),
    inputs,
    outputs,
    transforms,
    columns,
    dataset,
    student,
    seed,
    metrics,
  },
  { additionalProperties: false },
);

export type ForeignFacts = Static<typeof factsSchema>;

/**
 * What a file says of itself.
 *
 * @param file names it in messages
 * @throws LimbeckError L0787 for a file that says nothing, or not all; as `decode` for no ONNX
 */
export function foreignFacts(bytes: Uint8Array, file: string): ForeignFacts {
  const text = decode(bytes).metadata[METADATA_KEY];
  if (text === undefined) return fail("L0787", { file, reason: `it has no metadata \`${METADATA_KEY}\`` });
  let facts: unknown;
  try {
    facts = JSON.parse(text);
  } catch (error) {
    return fail(
      "L0787",
      { file, reason: `its metadata is not JSON: ${(error as Error).message}` },
      {},
      { cause: error },
    );
  }
  const validate = new Ajv({ strict: true }).compile<ForeignFacts>(factsSchema);
  if (validate(facts)) return facts;
  const [first] = validate.errors!;
  return fail("L0787", { file, reason: `in its metadata, ${first!.instancePath || "the whole"} ${first!.message}` });
}

/** A port of the model, and the port of the recording that it stands for. */
export interface PortName {
  readonly port: string;
  readonly ref: string;
}

/**
 * The same model with its ports renamed, and in this order.
 *
 * @throws LimbeckError L0788 where a tensor is not there
 */
export function withPorts(
  bytes: Uint8Array,
  file: string,
  ports: { readonly inputs: readonly PortName[]; readonly outputs: readonly PortName[] },
): Uint8Array {
  const model = decode(bytes);
  const names = new Map([
    ...ports.inputs.map(({ port, ref }) => [observation(ref), observation(port)] as const),
    ...ports.outputs.map(({ port, ref }) => [action(ref), action(port)] as const),
  ]);
  // a value inside that has a port's new name already makes way for it
  const wanted = new Set(names.values());
  const graph = renamed(model.graph, (name) => names.get(name) ?? (wanted.has(name) ? `${name}'` : name));
  const inOrder = <V extends { readonly name: string }>(values: readonly V[], wanted: readonly string[]): V[] =>
    wanted.map((name) => {
      const value = values.find((v) => v.name === name);
      return value ?? fail("L0788", { file, reason: `it has no tensor \`${name}\``, help: "Export it again." });
    });
  return encode({
    ...model,
    graph: {
      ...graph,
      inputs: inOrder(
        graph.inputs.filter(({ name }) => !Object.hasOwn(graph.initializers, name)),
        ports.inputs.map(({ port }) => observation(port)),
      ),
      outputs: inOrder(
        graph.outputs,
        ports.outputs.map(({ port }) => action(port)),
      ),
    },
  });
}

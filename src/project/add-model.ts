/**
 * A model that was trained elsewhere into the store:
 *
 *     FILE.onnx ─ 1 read its facts ─ 2 fit them to the teacher's ports ─ 3 run it ─ 4 store: model, card, component
 */
import { generateComponent } from "../distill/generate/component.js";
import { findTeacher, type Teacher, type TeacherPort, type TeacherSpec } from "../distill/teacher.js";
import { digestOf } from "../graph/digest.js";
import { compileFlatten } from "../message/flatten.js";
import { describeType, sameType } from "../message/same.js";
import { compileTransforms } from "../message/transforms/transforms.js";
import type { Card, CardFacts } from "../models/card.js";
import { readBounded } from "../models/files.js";
import { type ForeignFacts, foreignFacts, withPorts } from "../models/foreign.js";
import { action, observation } from "../models/sessions.js";
import { MAX_MODEL_BYTES, addModel as store } from "../models/store.js";
import { decode } from "../onnx/codec/index.js";
import { tensor } from "../onnx/tensor.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { openSession } from "../session/session.js";
import { shownPath } from "./files.js";
import { checked, type Loaded } from "./load.js";
import { folders } from "./services.js";

export interface AddModelOptions {
  readonly home: string;
  /** The model's name in the store. */
  readonly as: string;
  /** The ONNX file. */
  readonly file: string;
  /** What the model stands in for. */
  readonly teacher: TeacherSpec;
  /** The command as typed, for the model card. */
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface AddedModel {
  readonly model: string;
  readonly version: number;
  readonly sha256: string;
  /** On the test rows that it was measured on where it was trained. */
  readonly test: Card["metrics"]["test"];
  readonly onnx: string;
  readonly component: string;
}

/**
 * Stores a foreign model as a stand-in for nodes, or for a relation between ports. It takes exactly the ports at their
 * boundary, under the names that they have in the recording that it was trained on.
 *
 * @throws LimbeckError L0787 for a file that does not say what it was trained on, L0788 for one that does not fit,
 * L0504 to L0509 for nodes that are no region, L0850 to L0856; as `decode` for no ONNX
 */
export async function addModel(loaded: Loaded, options: AddModelOptions): Promise<AddedModel> {
  try {
    const { file, home, as } = options;
    const typed = checked(loaded);
    const teacher = findTeacher(typed, options.teacher);
    const bytes = readBounded(file, MAX_MODEL_BYTES);
    const facts = foreignFacts(bytes, file);
    checkPorts(file, teacher, facts);
    const onnx = withPorts(bytes, file, teacher);
    const card = cardOf(facts, teacher, {
      opset: decode(onnx).opset,
      created_at: options.createdAt,
      command: [...options.command],
      graph: typed.graph.name,
      graph_digest: digestOf(loaded.authored),
    });
    await tryModel(file, onnx, card);
    const stored = await store(folders(home).models, as, { onnx, facts: card, component: generateComponent });
    return {
      model: stored.name,
      version: stored.version,
      sha256: stored.card.sha256,
      test: stored.card.metrics.test,
      onnx: shownPath(stored.files.onnx),
      component: shownPath(stored.files.component!),
    };
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  }
}

function checkPorts(file: string, teacher: Teacher, facts: ForeignFacts): void {
  for (const role of ["inputs", "outputs"] as const) {
    const [ours, theirs] = [teacher[role], facts[role]];
    const list = (ports: readonly string[]) => ports.map((port) => `\`${port}\``).join(", ");
    const help = `The ${role} of ${teacher.name} are ${list(ours.map(({ ref }) => ref))}: record these, and train on that recording.`;
    const missing = ours.filter(({ ref }) => !Object.hasOwn(theirs, ref)).map(({ ref }) => ref);
    if (missing.length > 0) fail("L0788", { file, reason: `it was not trained on ${list(missing)}`, help });
    const unknown = Object.keys(theirs).filter((ref) => !ours.some((port) => port.ref === ref));
    if (unknown.length > 0)
      fail("L0788", { file, reason: `it was trained on ${list(unknown)}, which is no port there`, help });
    for (const { ref, type } of ours) {
      const their = theirs[ref]!.type;
      if (sameType(type, their) !== undefined)
        fail("L0788", {
          file,
          reason: `\`${ref}\` is ${describeType(type)} here and ${describeType(their)} where it was trained`,
          help: "Train it on a recording of this graph.",
        });
    }
  }
}

type Origin = Pick<CardFacts, "opset" | "created_at" | "command"> & { graph: string; graph_digest: string };

/** The facts under the model's own names of its ports. */
function cardOf(facts: ForeignFacts, teacher: Teacher, { graph, graph_digest, ...origin }: Origin): CardFacts {
  const { inputs, outputs, nodes, on } = teacher;
  const types = (ports: readonly TeacherPort[]) =>
    Object.fromEntries(ports.map(({ port, type }) => [port, { type, kind: "signal" as const }]));
  const refs = (ports: readonly TeacherPort[]) => Object.fromEntries(ports.map(({ port, ref }) => [port, ref]));
  const columns = (role: "inputs" | "outputs") =>
    teacher[role].flatMap(({ port, ref }) =>
      facts.columns[role].filter((column) => column.port === ref).map((column) => ({ ...column, port })),
    );
  const { transforms, student, dataset, seed, metrics } = facts;
  const step = <S extends { readonly port: string }>(of: S): S => ({
    ...of,
    port: inputs.find(({ ref }) => ref === of.port)?.port ?? of.port,
  });
  return {
    ...origin,
    teacher: {
      graph,
      graph_digest,
      ...(nodes === undefined ? {} : { nodes: [...nodes] }),
      inputs: refs(inputs),
      outputs: refs(outputs),
    },
    student,
    trigger: on as CardFacts["trigger"],
    inputs: types(inputs),
    outputs: types(outputs),
    ...(transforms === undefined ? {} : { transforms: { ...transforms, steps: transforms.steps.map(step) } }),
    columns: { inputs: columns("inputs"), outputs: columns("outputs") },
    dataset,
    seed,
    metrics,
    baselines: [],
    parents: [],
  };
}

/** Rows of two runs: a model must take any number. */
const TRIES = [1, 3];

/** Runs the model on the mean of its training rows: what does not run, or has other widths, is not stored. */
async function tryModel(file: string, onnx: Uint8Array, card: CardFacts): Promise<void> {
  const steps = card.transforms?.steps ?? [];
  const refuse = (reason: string): never =>
    fail("L0788", { file, reason, help: "Export it again, from the dataset that it was trained on." });
  const mean = (port: string) => card.columns.inputs.filter((c) => c.port === port).map((c) => c.mean);
  for (const [port, { type }] of Object.entries(card.inputs)) {
    const { columns } = compileTransforms(port, steps, compileFlatten(type).columns);
    if (mean(port).length !== columns.length)
      refuse(`it takes ${mean(port).length} columns of \`${port}\`, which has ${columns.length}`);
  }
  const session = await openSession(onnx);
  try {
    for (const rows of TRIES) {
      const feeds = Object.entries(card.inputs).map(([port]) => {
        const row = mean(port);
        const data = Float32Array.from({ length: rows * row.length }, (_, i) => row[i % row.length]!);
        return [observation(port), tensor("float32", [rows, row.length], data)];
      });
      const said = await session.run(Object.fromEntries(feeds));
      for (const [port, { type }] of Object.entries(card.outputs)) {
        const { dims: shape, data } = said[action(port)]!;
        const wanted = [rows, compileFlatten(type).width];
        if (shape.join() !== wanted.join()) refuse(`\`${port}\` is [${shape.join(", ")}], not [${wanted.join(", ")}]`);
        if (!Array.from(data, Number).every(Number.isFinite))
          refuse(`\`${port}\` is not finite at the mean of the training rows`);
      }
    }
  } finally {
    await session.close();
  }
}

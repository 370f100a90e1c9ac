/**
 * Lowering a graph file, and holding a policy to its graph:
 *
 *     graph ─ lower ─► policy.onnx          graph, policy beside its nodes ─ simulate ─► what each said ─► agreement
 */
import { writeFileSync } from "node:fs";
import type { Component, Models } from "../component/component.js";
import { generateComponent } from "../distill/generate/component.js";
import { portNamer } from "../graph/names.js";
import type { TypedGraph } from "../graph/typed.js";
import { type Agreement, agreement, type Sample } from "../lower/agreement.js";
import { besideNode, dropIn, dropInSpec, triggerOf } from "../lower/drop-in.js";
import { lower as lowerTyped } from "../lower/lower.js";
import { promisesOf } from "../lower/promise.js";
import type { LowerSpec } from "../lower/region.js";
import { describeType, sameType } from "../message/same.js";
import type { CardFacts } from "../models/card.js";
import { readBounded } from "../models/files.js";
import { type PolicyFacts, type PolicyStudent, policyFacts, runPolicy } from "../models/policy.js";
import { addModel, MAX_MODEL_BYTES, openModel } from "../models/store.js";
import { assertModel } from "../onnx/check.js";
import { decode, encode } from "../onnx/codec/index.js";
import { type Model, OPSET } from "../onnx/ir.js";
import { fail, LimbeckError } from "../problem/problem.js";
import { createRun } from "../runtime/run.js";
import { shownPath } from "./files.js";
import { checked, type Loaded } from "./load.js";
import { folders, servicesOf } from "./services.js";
import { type JobOptions, lengthOf } from "./simulate.js";

export interface LowerJob {
  /** Folder of everything that was made: models are looked up there. */
  readonly home: string;
  readonly spec: LowerSpec;
  /** A new file, or one that is written over. */
  readonly output?: string;
}

export interface LoweredFile {
  readonly onnx: Uint8Array;
  readonly facts: PolicyFacts;
  readonly left_out: readonly string[];
  readonly ops: number;
}

/**
 * Lowers nodes of a graph file, and writes the policy.
 *
 * @throws LimbeckError L0860 to L0868 with places in the file, L0505, L0509; L0002 when the file cannot be written
 */
export async function lower(loaded: Loaded, { home, spec, output }: LowerJob): Promise<LoweredFile> {
  return located(loaded, async () => {
    const typed = checked(loaded);
    const { model, facts, left_out } = lowerTyped(typed, spec, {
      component: loaded.component,
      authored: loaded.authored,
      model: storedModel(home),
    });
    const onnx = encode(model);
    if (output !== undefined) writePolicy(output, onnx);
    return { onnx, facts, left_out, ops: model.graph.nodes.length };
  });
}

/** Models of the store, their bytes checked against their cards. */
export const storedModel =
  (home: string) =>
  (reference: string): Model =>
    assertModel(decode(openModel(folders(home).models, reference).bytes), { ops: "any" });

export interface StoreJob {
  readonly home: string;
  /** The model's name in the store. */
  readonly as: string;
  /** How well it agrees, if that was looked at. */
  readonly verified?: VerifiedPolicy;
  /** The command as typed, for the card. */
  readonly command: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
}

/**
 * Puts a lowered policy into the model store, with its card and its drop-in component.
 *
 * @throws LimbeckError L0850 to L0856
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const lowered = await lower(loaded, { home: ".limbeck", spec: { nodes: ["controller"] } });
 * const stored = await storePolicy(lowered, { home: ".limbeck", as: "pd", command: [], createdAt: "2026-01-01T00:00:00Z" });
 * stored.model // "pd@1"
 */
export async function storePolicy({ onnx, facts }: LoweredFile, job: StoreJob) {
  const { home, as, verified, command, createdAt } = job;
  const { call, inputs, outputs, graph, nodes, seed, parents } = facts;
  const types = (ports: PolicyFacts["inputs"] | PolicyFacts["outputs"]) =>
    Object.fromEntries(Object.entries(ports).map(([port, { type, kind }]) => [port, { type, kind }]));
  const refs = (ports: PolicyFacts["inputs"] | PolicyFacts["outputs"]) =>
    Object.fromEntries(Object.entries(ports).map(([port, { ref }]) => [port, ref]));
  const nmse = verified?.ports.map((port) => port.nmse) ?? [];
  const mean = nmse.length === 0 ? 0 : nmse.reduce((sum, x) => sum + x, 0) / nmse.length;
  const test = verified?.ports.reduce((sum, { messages }) => sum + messages, 0) ?? 0;
  const { policy } = dropInSpec(facts, as);
  const stored = await addModel(folders(home).models, as, {
    onnx,
    facts: {
      opset: OPSET,
      created_at: createdAt,
      command: [...command],
      teacher: { graph: graph.name, graph_digest: graph.digest, nodes, inputs: refs(inputs), outputs: refs(outputs) },
      student: { kind: "lowered", settings: {} },
      trigger: triggerOf(call) as CardFacts["trigger"],
      inputs: types(inputs),
      outputs: types(outputs),
      policy: policy as NonNullable<CardFacts["policy"]>,
      columns: { inputs: [], outputs: [] },
      dataset: { digest: "", split: { by: "time" }, rows: { train: 0, validation: 0, test } },
      seed,
      metrics: { test: { nmse, nmse_mean: mean, r2_mean: 1 - mean, ...accuracyOf(verified?.ports ?? []) } },
      baselines: [],
      parents,
    },
    component: generateComponent,
  });
  return {
    model: `${stored.name}@${stored.version}`,
    onnx: shownPath(stored.files.onnx),
    component: shownPath(stored.files.component!),
  };
}

/** The share of right answers of those ports that have choices or truth values. */
export function accuracyOf(ports: readonly Agreement[]): { readonly accuracy?: { readonly [port: string]: number } } {
  const shares = ports.flatMap(({ port, choices }) =>
    choices === undefined || choices.compared === 0 ? [] : [[port, choices.same / choices.compared] as const],
  );
  return shares.length === 0 ? {} : { accuracy: Object.fromEntries(shares) };
}

/** @throws LimbeckError L0005 */
export function writePolicy(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes);
  } catch (error) {
    fail("L0005", { file, reason: (error as Error).message }, {}, { cause: error });
  }
}

export interface VerifyPolicyJob extends JobOptions {
  /** The policy's file, or its bytes under a name for messages. */
  readonly policy: string | { readonly name: string; readonly onnx: Uint8Array };
  /** Virtual time (default: until every source has ended, or 10 s). */
  readonly for_ns?: number;
  /** In place of what the policy's ops promise, also of what a student leads to, of which nothing is promised. */
  readonly tolerance?: number;
}

/** A port, and the models among the policy's students that lead to it. */
export interface VerifiedPort extends Agreement {
  readonly students: readonly string[];
}

export interface VerifiedPolicy {
  readonly graph: string;
  readonly policy: string;
  readonly virtual_s: number;
  readonly ports: readonly VerifiedPort[];
  /** What was distilled for the policy, as it says itself. */
  readonly students: readonly PolicyStudent[];
  /** Every promise is kept, or the tolerance that was given. */
  readonly holds: boolean;
  readonly interrupted: boolean;
}

/** Id of the policy in the graph; users cannot write it. */
const BESIDE = "policy#beside";

/**
 * Runs the graph with the policy beside the nodes that it was lowered from, and compares what they say.
 *
 * @throws LimbeckError L0870 for a file that is no policy, L0871 for one of another graph; from the run
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * await lower(loaded, { home: ".limbeck", spec: { nodes: ["controller"] }, output: "pd.onnx" });
 * const { holds } = await verifyPolicy(loaded, { ...job, policy: "pd.onnx", for_ns: 1e9 });
 * holds // true
 */
export async function verifyPolicy(loaded: Loaded, job: VerifyPolicyJob): Promise<VerifiedPolicy> {
  return located(loaded, async () => {
    const { home, signal, onProgress } = job;
    const { name, onnx } =
      typeof job.policy === "string"
        ? { name: job.policy, onnx: readBounded(job.policy, MAX_MODEL_BYTES) }
        : job.policy;
    const model = assertModel(decode(onnx), { ops: "any" });
    const facts = policyFacts(model, name);
    const typed = checked(loaded);
    checkFit(name, facts, typed);
    const promised = promisesOf(facts, job.tolerance);
    const component: Component = dropIn(facts, BESIDE);
    const beside = loaded.beside({ [BESIDE]: besideNode(facts, BESIDE) }, { [BESIDE]: component });
    const services = servicesOf(loaded.file, home);
    const models: Models = {
      ...services.models,
      policy: (reference, sha256) =>
        reference === BESIDE ? runPolicy(onnx) : services.models.policy(reference, sha256),
    };
    const for_ns = lengthOf(typed, job.for_ns);
    const run = await createRun(beside.typed, {
      component: beside.component,
      services: { ...services, models },
      signal,
      faults: "end",
      digest: false,
      ...(job.seed === undefined ? {} : { seed: job.seed }),
      onTurn: (time_ns) =>
        onProgress({ phase: "verifying the policy", done: time_ns / 1e9, total: (for_ns ?? 0) / 1e9 }),
    });
    const said = Object.entries(facts.outputs).map(([port, { ref, stream, type }]) => ({
      port,
      type,
      graph: collect(run.port(stream ?? rawName(beside.typed, ref))),
      policy: collect(run.port(`${BESIDE}.${port}`)),
    }));
    const { virtual_s, interrupted } = await run.start(for_ns);
    const ports = said.map(({ port, type, graph, policy }): VerifiedPort => {
      const { students = [] } = facts.outputs[port]!;
      return { ...agreement(port, type, graph, policy, promised(port)), students };
    });
    return {
      graph: typed.graph.name,
      policy: name,
      virtual_s,
      ports,
      students: facts.students ?? [],
      holds: ports.every(({ holds }) => holds),
      interrupted,
    };
  });
}

/** What a node itself says at a port, before rules changed it. */
function rawName(typed: TypedGraph, ref: string): string {
  const named = portNamer(typed);
  for (const vertex of typed.vertices)
    for (const { port } of vertex.outputs) {
      const { ref: own, name } = named(vertex, port);
      if (own === ref) return name;
    }
  return ref;
}

function collect(port: ReturnType<Awaited<ReturnType<typeof createRun>>["port"]>): Sample[] {
  const samples: Sample[] = [];
  port.subscribe(({ time_ns, microstep, stamp_ns, message }) =>
    samples.push({ time_ns, microstep, stamp_ns, message: structuredClone(message) }),
  );
  return samples;
}

/** The ports that a policy names are there, of the types that it knows. */
function checkFit(file: string, { inputs, outputs }: PolicyFacts, typed: TypedGraph): void {
  const named = portNamer(typed);
  const types = new Map(
    typed.vertices.flatMap((vertex) =>
      vertex.outputs.map(({ port, type }) => [named(vertex, port).ref, type] as const),
    ),
  );
  const graph = typed.graph.name;
  const whole = (ref: string) => ref.split(":")[0]!;
  const refs = [...Object.values(inputs), ...Object.values(outputs)];
  const streams = Object.values(outputs).flatMap(({ stream }) => (stream === undefined ? [] : [stream]));
  const missing = [...refs.map(({ ref }) => ref), ...streams].filter((ref) => !types.has(whole(ref)));
  if (missing.length > 0) fail("L0871", { file, graph, missing: [...new Set(missing)] });
  for (const { ref, type } of refs) {
    const here = types.get(ref);
    if (here !== undefined && sameType(here, type) !== undefined)
      fail("L0871", {
        file,
        graph,
        missing: [],
        reason: `\`${ref}\` is ${describeType(here)} here and ${describeType(type)} there`,
      });
  }
}

export async function located<T>(loaded: Loaded, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LimbeckError) throw new LimbeckError(loaded.locate(error.problems), { cause: error });
    throw error;
  }
}

export type { Agreement };

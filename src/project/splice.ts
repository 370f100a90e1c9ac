/**
 * Lowering with what cannot be lowered distilled first: two roads to one policy.
 *
 *   region ─► opaque nodes ─ distil each ─► models in their places ─ lower ─► one policy, exact but for them
 */
import type { Component } from "../component/component.js";
import { lower as lowerTyped } from "../lower/lower.js";
import { opaqueNodes } from "../lower/opaque.js";
import { modelComponent } from "../models/component.js";
import { encode } from "../onnx/codec/index.js";
import { type DistillOptions, distill } from "./distill.js";
import { checked, type Loaded } from "./load.js";
import { type LoweredFile, type LowerJob, located, storedModel, writePolicy } from "./lower.js";
import { folders } from "./services.js";

export interface SpliceJob extends LowerJob {
  /** How each opaque node is distilled; `as` is the stem of the models' names. */
  readonly distill: Omit<DistillOptions, "teacher" | "from">;
}

export interface Spliced {
  readonly node: string;
  /** The model in its place: `reach-gravity@1`. */
  readonly model: string;
  /** Kind of the student that won. */
  readonly student: string;
  /** Mean over the outputs of its error on the test rows, over their variance. */
  readonly nmse: number;
}

export interface SplicedFile extends LoweredFile {
  readonly spliced: readonly Spliced[];
}

/**
 * Distils every opaque node of the region by itself, and lowers the graph with the models in their places.
 *
 * @throws LimbeckError as `distill` and `lower`, with places in the file
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const distill = { ...job, as: "arm", students: ["ridge"], episodes: 3, command: [], createdAt: "2026-01-01T00:00:00Z" };
 * const { spliced } = await lowerSpliced(loaded, { home: ".limbeck", spec: { nodes: ["controller"] }, distill });
 * spliced // []
 */
export async function lowerSpliced(
  loaded: Loaded,
  { spec, output, distill: options }: SpliceJob,
): Promise<SplicedFile> {
  return located(loaded, async () => {
    const { home, as } = options;
    const store = folders(home).models;
    const spliced: Spliced[] = [];
    const components: { [name: string]: Component } = {};
    const rewrites = [];
    for (const node of opaqueNodes(checked(loaded), spec, loaded.component)) {
      const name = `${as}-${node.replaceAll(/[^A-Za-z0-9_-]+/g, "-")}`;
      const { model, version, winner, students } = await distill(loaded, {
        ...options,
        as: name,
        teacher: { nodes: [node] },
      });
      const reference = `${model}@${version}`;
      const { test } = students.find((student) => student.name === winner)!;
      spliced.push({ node, model: reference, student: winner, nmse: test.nmse_mean });
      components[`model:${reference}`] = await modelComponent(store, reference);
      rewrites.push({ rule: "substitute", options: { nodes: [node], with: `model:${reference}` } });
    }
    const varied = loaded.vary({ rewrites, components });
    const { model, facts, left_out } = lowerTyped(varied.typed, spec, {
      component: varied.component,
      authored: loaded.authored,
      model: storedModel(home),
    });
    const onnx = encode(model);
    if (output !== undefined) writePolicy(output, onnx);
    return { onnx, facts, left_out, ops: model.graph.nodes.length, spliced };
  });
}

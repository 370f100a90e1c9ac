/**
 * Distilling what fires at several times: a student for each part that fires at one, and one policy of them all.
 *
 *   nodes ─► parts ─ distil each ─► students in their places ─ lower ─► one policy, stored ─► measured in closed loop
 */
import type { TeacherSpec } from "../distill/teacher.js";
import type { LowerSpec } from "../lower/region.js";
import { partsOf as partsOfRegion } from "../rewrite/parts.js";
import { compare } from "./compare.js";
import type { DistillOptions } from "./distill.js";
import { checked, type Loaded } from "./load.js";
import { storePolicy, verifyPolicy } from "./lower.js";
import type { CompareResult } from "./results.js";
import { lowerSpliced, type SplicedFile } from "./splice.js";

export interface DistillPartsOptions extends Omit<DistillOptions, "teacher" | "from" | "bounded"> {
  /** What they are parts of. */
  readonly teacher: LowerSpec;
  /** As `partsOf` gives them. */
  readonly parts: readonly (readonly string[])[];
}

export interface DistilledParts extends Pick<SplicedFile, "spliced" | "warnings" | "finetuned"> {
  /** The policy: `servo@1`. */
  readonly model: string;
  readonly onnx: string;
  readonly component: string;
  /** The policy beside its teacher, on a run of its own. */
  readonly compared: CompareResult;
}

/**
 * The parts of what is to be distilled, where one student could not stand in for it: its outputs fire at several times.
 *
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * partsOf(loaded, { all: true }) // undefined
 */
export function partsOf(loaded: Loaded, teacher: TeacherSpec): DistillPartsOptions["parts"] | undefined {
  const typed = checked(loaded);
  if ("inputs" in teacher || ("nodes" in teacher && teacher.residual !== undefined)) return undefined;
  const ids = "nodes" in teacher ? teacher.nodes : Object.keys(typed.graph.nodes).filter((id) => !id.includes("#"));
  return partsOfRegion(typed, ids);
}

/** Of the run beside which the stored policy is first held. */
const VERIFIED_NS = 2e9;

/**
 * A student a part, and all of them as one policy in the store.
 *
 * @example
 * const loaded = await loadGraph("arm-reach.graph.yaml");
 * const { model, spliced } = await distillParts(loaded, {
 *   ...job,
 *   teacher: { nodes: ["ik", "controller"] },
 *   parts: [["ik"], ["controller"]],
 *   as: "arm",
 *   students: ["ridge"],
 *   episodes: 3,
 *   for_ns: 1e9,
 *   command: [],
 *   createdAt: "2026-01-01T00:00:00Z",
 * });
 * model // "arm@1"
 * spliced.map((part) => part.model) // ["arm-ik@1", "arm-controller@1"]
 * @throws LimbeckError as `distill`, `lowerSpliced` and `compare`, with places in the file
 */
export async function distillParts(
  loaded: Loaded,
  { parts, teacher, ...options }: DistillPartsOptions,
): Promise<DistilledParts> {
  const { home, as, command, createdAt, signal, onProgress, now, seed, for_ns, episodes } = options;
  const job = { home, signal, onProgress, now, ...(seed === undefined ? {} : { seed }) };
  const lowered = await lowerSpliced(loaded, { home, spec: teacher, parts, distill: options });
  const policy = { name: as, onnx: lowered.onnx };
  const verified = await verifyPolicy(loaded, { ...job, policy, for_ns: VERIFIED_NS });
  const stored = await storePolicy(lowered, { home, as, verified, command, createdAt });
  const compared = await compare(loaded, {
    ...job,
    models: [stored.model],
    ...(for_ns === undefined ? {} : { for_ns }),
    ...(episodes === undefined ? {} : { episodes }),
  });
  const { spliced, warnings, finetuned } = lowered;
  return { ...stored, spliced, warnings, ...(finetuned === undefined ? {} : { finetuned }), compared };
}

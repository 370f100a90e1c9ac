/** The graph with a stand-in at work, from every one of the file's starts. */
import type { Component, Services } from "../component/component.js";
import type { Evaluate } from "../graph/ir.js";
import { type Evaluated, evaluate, type Lanes } from "../runtime/evaluate.js";
import type { Teacher } from "./teacher.js";
import type { Variation, Vary } from "./workbench.js";

export interface ClosedLoopOptions {
  readonly vary: Vary;
  readonly services: Services;
  readonly spec: Evaluate;
  readonly seed: number;
  /** Who drives in the teacher's place; the teacher itself without it. */
  readonly standIn?: { readonly teacher: Pick<Teacher, "substitute">; readonly component: Component };
  readonly trace?: readonly string[];
  readonly signal?: AbortSignal;
  /** Episodes that run side by side. */
  readonly lanes?: Lanes;
  readonly onEpisode?: (done: number, total: number) => void;
}

/** Name under which a stand-in is put into the graph; users cannot write it. */
const STAND_IN = "model:stand-in#";

/** Runs every episode, without the file's own recorders. */
export function closedLoop({ vary, standIn, spec, ...options }: ClosedLoopOptions): Promise<Evaluated> {
  const variation =
    standIn === undefined
      ? {}
      : { rewrites: [standIn.teacher.substitute(STAND_IN)], components: { [STAND_IN]: standIn.component } };
  const under = (set: Variation["set"] = {}) => vary({ ...variation, recorders: false, set });
  return evaluate(spec, { ...options, component: under().component, prepare: (set) => under(set).typed });
}

/** When a sensor's fault is at work: the two params that all faults share. */
import Type from "typebox";
import { and, greaterOrEqual, less } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import { refuse } from "../refuse.js";

export const during = {
  from: Type.Number({ default: 0, minimum: 0, unit: "s", description: "when the fault begins, in time of the run" }),
  until: Type.Optional(Type.Number({ minimum: 0, unit: "s", description: "when it ends; without it never" })),
};

export interface During {
  readonly from: number;
  readonly until?: number;
}

/** @throws LimbeckError L0416 when the fault ends before it begins */
export function checkDuring({ from, until }: During): void {
  if (until !== undefined && until <= from)
    refuse("until", `\`until\` (${until} s) is not after \`from\` (${from} s)`, "Let the fault end after it begins.");
}

/** Whether the fault is at work at a time in s: from `from` on, up to but not at `until`. */
export const active = ({ from, until }: During, time: number): boolean =>
  time >= from && time < (until ?? Number.POSITIVE_INFINITY);

/** The same of a time that is known only when it runs. */
export function activeAt({ from, until }: During, time: Value): Value {
  const begun = greaterOrEqual(time, from);
  return until === undefined ? begun : and(begun, less(time, until));
}

/** Groups of parameters that are trained at another rate, with another decay, or not at all. */
import type { Tensors } from "../onnx/ir.js";
import { isFloat } from "../onnx/tensor.js";
import { fail } from "../problem/problem.js";

export interface ParameterGroup {
  /** Names of parameters; `*` stands for any characters. */
  readonly parameters: readonly string[];
  /** What the learning rate is multiplied by (default 1). */
  readonly rate?: number;
  /** Weight decay of every parameter of the group (default: the optimiser's, of those of two axes or more). */
  readonly weight_decay?: number;
  /** Not trained: its bytes stay as they are. */
  readonly frozen?: boolean;
}

/** How one parameter is trained. */
export interface Treatment {
  readonly factor: number;
  readonly decay: number;
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
export const matcher = (pattern: string): RegExp => new RegExp(`^${pattern.split("*").map(escaped).join("[^]*?")}$`);

/**
 * How each parameter is trained, by name; `undefined` for frozen ones.
 *
 * Errors: L0953 a group that matches nothing, a parameter in two groups, one that cannot be trained, or none left.
 *
 * @example
 * const weights = { w: tensor("float32", [2, 2], [1, 2, 3, 4]), b: tensor("float32", [2], [0, 0]) };
 * const found = treatments(weights, [{ parameters: ["b"], frozen: true }], 0.01);
 * found.get("w") // { factor: 1, decay: 0.01 }
 * found.get("b") // undefined
 */
export function treatments(
  parameters: Tensors,
  groups: readonly ParameterGroup[],
  weightDecay: number,
  known: Tensors = parameters,
): Map<string, Treatment | undefined> {
  const groupOf = new Map<string, ParameterGroup>();
  for (const group of groups) {
    for (const [what, value] of [
      ["rate", group.rate],
      ["weight_decay", group.weight_decay],
    ] as const)
      if (value !== undefined && !(Number.isFinite(value) && value >= 0))
        fail("L0957", { option: `${what} of a group`, found: String(value), expected: "a number from 0 up" });
    for (const pattern of group.parameters) {
      const fits = matcher(pattern);
      const found = Object.keys(known).filter((name) => fits.test(name));
      if (found.length === 0)
        fail("L0953", { reason: `no parameter is named \`${pattern}\`; there is ${Object.keys(known).join(", ")}` });
      for (const name of found) {
        const other = groupOf.get(name);
        if (other !== undefined && other !== group) fail("L0953", { reason: `\`${name}\` is in two groups` });
        groupOf.set(name, group);
      }
    }
  }
  const found = new Map<string, Treatment | undefined>();
  for (const [name, { dtype, dims }] of Object.entries(parameters)) {
    const group = groupOf.get(name);
    if (group?.frozen) {
      found.set(name, undefined);
      continue;
    }
    if (!isFloat(dtype))
      fail("L0953", { reason: `\`${name}\` is ${dtype}: only float32 and float64 are trained; freeze it` });
    const decay = group?.weight_decay ?? (dims.length > 1 ? weightDecay : 0);
    found.set(name, { factor: group?.rate ?? 1, decay });
  }
  if (![...found.values()].some((t) => t !== undefined)) fail("L0953", { reason: "no parameter is left to train" });
  return found;
}

/** The gradient by the weights of Conv and, with input and gradient in each other's place, of ConvTranspose. */
import { conv, reshape, slice, transpose } from "../functions.js";
import type { Value } from "../value.js";
import type { Window } from "./windows.js";

/**
 * Gradient [M, C/groups, k₁, …] of a loss by the kernel that made [N, M, o₁, …] out of `x` [N, C, D₁, …], given the
 * gradient `g` by what it made: `x` convolved with `g`, channels as batch and batch as channels, strides as dilations
 * and dilations as strides.
 */
export function gradientByKernel(x: Value, g: Value, windows: readonly Window[], groups: number): Value {
  const spatial = windows.map((_, i) => i + 2);
  const swapped = (v: Value): Value => transpose(v, [1, 0, ...spatial]);
  const [images, kernel] = groups === 1 ? [swapped(x), swapped(g)] : [channelsAsBatch(x, groups), inGroups(g, groups)];
  const whole = conv(images, kernel, undefined, {
    group: groups,
    strides: windows.map((w) => w.dilation),
    dilations: windows.map((w) => w.stride),
    pads: [...windows.map((w) => w.before!), ...windows.map((w) => w.after!)],
  });
  // elements that the strided kernel never reached make places beyond it
  const cut = windows.some((w) => w.stride > 1)
    ? slice(
        whole,
        windows.map(() => 0),
        windows.map((w) => w.kernel),
        spatial,
      )
    : whole;
  return swapped(cut);
}

const rest = (v: Value): number[] => v.shape.slice(2) as number[];
const five = (v: Value, groups: number): Value => reshape(v, [-1, groups, (v.shape[1] as number) / groups, ...rest(v)]);
const behind = (v: Value): number[] => rest(v).map((_, i) => i + 3);

/** [N, G·C, …] as [C, G·N, …]. */
const channelsAsBatch = (v: Value, groups: number): Value =>
  reshape(transpose(five(v, groups), [2, 1, 0, ...behind(v)]), [(v.shape[1] as number) / groups, -1, ...rest(v)]);
/** [N, G·M, …] as [G·M, N, …], groups kept apart. */
const inGroups = (v: Value, groups: number): Value =>
  reshape(transpose(five(v, groups), [1, 2, 0, ...behind(v)]), [v.shape[1] as number, -1, ...rest(v)]);

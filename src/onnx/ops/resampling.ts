/**
 * How Resize fills one axis: every new place is a weighted sum of old ones. All of ONNX's modes are a map of coordinates
 * and a kernel around the coordinate (Keys 1981 for cubic); axes are filled one after the other.
 */
import type { NodeContext } from "./op.js";

/** What a new place is made of: old places, each with its weight. */
export interface Taps {
  readonly at: readonly number[];
  readonly weights: readonly number[];
}

/** An axis that is filled anew; `undefined` stands for a place beyond the crop. */
export interface Line {
  readonly axis: number;
  readonly from: number;
  readonly places: readonly (Taps | undefined)[];
}

/** An axis before it is filled. */
export interface Stretch {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  /** The part of the old axis that is looked at, as shares of it. */
  readonly crop: readonly [start: number, end: number];
}

type Coordinate = (place: number, of: Stretch) => number;

const halfPixel: Coordinate = (place, { scale }) => (place + 0.5) / scale - 0.5;
/** The new length before it is rounded. */
const length = ({ from, scale }: Stretch): number => from * scale;

/** Where a new place is on the old axis. */
const coordinates: { readonly [mode: string]: Coordinate } = {
  half_pixel: halfPixel,
  half_pixel_symmetric: (place, of) => (of.from / 2) * (1 - of.to / length(of)) + halfPixel(place, of),
  pytorch_half_pixel: (place, of) => (length(of) === 1 ? -0.5 : halfPixel(place, of)),
  align_corners: (place, of) => (length(of) === 1 ? 0 : (place * (of.from - 1)) / (length(of) - 1)),
  asymmetric: (place, { scale }) => place / scale,
  tf_half_pixel_for_nn: (place, { scale }) => (place + 0.5) / scale,
  tf_crop_and_resize: (place, of) => {
    const [start, end] = of.crop;
    const last = of.from - 1;
    const along = length(of) === 1 ? ((end - start) * last) / 2 : (place * (end - start) * last) / (length(of) - 1);
    return start * last + along;
  },
};

const rounded: { readonly [mode: string]: (x: number) => number } = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

interface Kernel {
  readonly radius: number;
  readonly weight: (distance: number) => number;
}
const linear: Kernel = { radius: 1, weight: (d) => Math.max(0, 1 - d) };
const cubic = (a: number): Kernel => ({
  radius: 2,
  weight: (d) => (d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0),
});

/** What a Resize's attributes say, checked. */
export function samplerOf(c: NodeContext) {
  const one = <T>(table: { readonly [name: string]: T }, name: string, otherwise: string): T => {
    const given = c.text(name) ?? otherwise;
    return Object.hasOwn(table, given) ? table[given]! : c.refuse(`its ${name} ${given} is not known`);
  };
  const crops = c.text("coordinate_transformation_mode") === "tf_crop_and_resize";
  const coordinate = one(coordinates, "coordinate_transformation_mode", "half_pixel");
  const round = one(rounded, "nearest_mode", "round_prefer_floor");
  const kernels = { nearest: undefined, linear, cubic: cubic(c.float("cubic_coeff_a", -0.75)) };
  const kernel = one<Kernel | undefined>(kernels, "mode", "nearest");
  const [smooth, inside] = [c.int("antialias", 0) !== 0, c.int("exclude_outside", 0) !== 0];

  const around = (x: number, { from, scale }: Stretch, { radius, weight }: Kernel): Taps => {
    // a kernel that is made wider sees all that a smaller axis leaves out
    const narrow = smooth ? Math.min(scale, 1) : 1;
    const weights = new Map<number, number>();
    for (let place = Math.ceil(x - radius / narrow); place <= Math.floor(x + radius / narrow); place++) {
      const own = weight(Math.abs(place - x) * narrow);
      const held = Math.min(Math.max(place, 0), from - 1);
      if (own !== 0 && !(inside && held !== place)) weights.set(held, (weights.get(held) ?? 0) + own);
    }
    const sum = smooth || inside ? [...weights.values()].reduce((a, b) => a + b, 0) : 1;
    return { at: [...weights.keys()], weights: [...weights.values()].map((own) => own / sum) };
  };

  return {
    nearest: kernel === undefined,
    crops,
    line(of: Stretch): Line {
      const places = Array.from({ length: of.to }, (_, place): Taps | undefined => {
        const x = coordinate(place, of);
        if (crops && (x < 0 || x > of.from - 1)) return undefined;
        if (kernel !== undefined) return around(x, of, kernel);
        return { at: [Math.min(Math.max(round(x), 0), of.from - 1)], weights: [1] };
      });
      return { axis: of.axis, from: of.from, places };
    },
  };
}

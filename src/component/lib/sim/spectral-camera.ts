/** A toy of a hyperspectral camera that looks down on a painted scene. */
import Type, { type Static } from "typebox";
import { cast, concat, matmul, reshape, where } from "../../../onnx/functions.js";
import { isValue, type Value } from "../../../onnx/value.js";
import { fail } from "../../../problem/problem.js";
import { signal, tensor } from "../../ports.js";
import { genericTensorStep } from "../../tensor/tensor.js";
import { add, div, exp, hypot, mul, type Num, sub } from "../arithmetic.js";
import { transpose } from "../matrix.js";
import { parts } from "../parts.js";
import { simulated } from "../simulated.js";
import { above0, atLeast0 } from "./common.js";

/** Numbers that one image may have. */
const MAX_VALUES = 1 << 22;

const Peak = Type.Object({
  at: Type.Number({ unit: "nm" }),
  width: Type.Number({ exclusiveMinimum: 0, unit: "nm", description: "standard deviation" }),
  height: Type.Number({ minimum: -1, maximum: 1, description: "added to the reflectance" }),
});

const Params = Type.Object({
  pixels: Type.Array(Type.Integer({ minimum: 1, maximum: 1024 }), {
    minItems: 2,
    maxItems: 2,
    default: [16, 16],
    description: "rows and columns of the image",
  }),
  field: above0("m", 1, "side of the pixel grid's longer edge on the ground"),
  bands: Type.Array(Type.Number({ exclusiveMinimum: 0, unit: "nm" }), {
    minItems: 1,
    maxItems: 512,
    description: "wavelengths, lowest first",
    examples: [[450, 550, 650]],
  }),
  materials: Type.Record(
    Type.String(),
    Type.Object({ base: Type.Number({ minimum: 0, maximum: 1 }), peaks: Type.Array(Peak, { default: [] }) }),
    {
      minProperties: 1,
      description: "reflectance of each: base + Gaussian peaks, kept within 0 and 1; the first is the ground",
      examples: [{ soil: { base: 0.2 } }],
    },
  ),
  discs: Type.Array(
    Type.Object({
      material: Type.String(),
      centre: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: "x and y in m" }),
      radius: Type.Number({ exclusiveMinimum: 0, unit: "m" }),
    }),
    { default: [], description: "painted over the ground one after the other" },
  ),
  edge: above0("m", 0.02, "width over which a disc fades into what is under it"),
  noise: atLeast0("1", 0, "standard deviation of every number of the cube and the RGB image"),
});

/** Centre and standard deviation in nm of the filters in front of the RGB sensor. */
const RGB = [
  [600, 35],
  [540, 35],
  [460, 30],
] as const;

const camera = genericTensorStep({
  doc: "An image of a flat scene of materials: `cube` is light · reflectance at each band, `rgb` the same scene through three Gaussian filters (600, 540, 460 nm) that sum to one over the bands, `abundance` the share of each material in a pixel. Pixels mix linearly. The camera looks straight down on `position` (the origin without it); x grows along columns, y along rows. Source of the mixing model: Keshava & Mustard, Spectral unmixing, IEEE Signal Processing Magazine 19 (2002).",
  params: Params,
  ports(params) {
    const { pixels, bands, materials, discs } = params;
    const names = Object.keys(materials);
    const [rows, columns] = pixels as [number, number];
    if (rows * columns * Math.max(bands.length, names.length) > MAX_VALUES)
      fail(
        "L0416",
        {
          reason: `an image of ${rows} × ${columns} × ${bands.length} is larger than ${MAX_VALUES} numbers`,
          help: "Take fewer pixels or bands.",
        },
        { path: "/params/pixels" },
      );
    discs.forEach(({ material }, i) => {
      if (!Object.hasOwn(materials, material))
        fail(
          "L0416",
          {
            reason: `there is no material \`${material}\``,
            help: `The materials: ${names.map((n) => `\`${n}\``).join(", ")}.`,
          },
          { path: `/params/discs/${i}/material` },
        );
    });
    if (bands.some((nm, i) => i > 0 && !(nm > bands[i - 1]!)))
      fail(
        "L0416",
        { reason: "`bands` do not rise", help: "List the wavelengths from the lowest to the highest." },
        { path: "/params/bands" },
      );
    const image = (depth: number) => tensor([rows, columns, depth], { dtype: "float32" });
    return {
      inputs: {
        position: signal(tensor([2], { unit: "m" }), { optional: true, doc: "point under the camera" }),
        light: signal(Type.Number({ minimum: 0 }), {
          optional: true,
          doc: "brightness of the white light; 1 without it",
        }),
      },
      outputs: { cube: image(bands.length), rgb: image(3), abundance: image(names.length) },
    };
  },
  step({ position, light }, _, { constant, has, params }) {
    const { pixels, field, bands, materials, discs, edge } = params;
    const [rows, columns] = pixels as [number, number];
    const names = Object.keys(materials);
    const pitch = field / Math.max(rows, columns);
    /** A number a pixel, below each other. */
    const grid = (of: (p: number) => number): Value =>
      constant({ dims: [rows * columns, 1], data: Float64Array.from({ length: rows * columns }, (_, p) => of(p)) });
    const brightness = light === undefined ? 1 : where(has("light"), light, 1);
    const [east, north] = position === undefined ? [0, 0] : parts(position);
    const x = add(
      grid((p) => ((p % columns) - (columns - 1) / 2) * pitch),
      east!,
    );
    const y = add(
      grid((p) => (Math.floor(p / columns) - (rows - 1) / 2) * pitch),
      north!,
    );

    const shares = discs.reduce<readonly Num[]>(
      (below, { material, centre, radius }) => {
        const outside = sub(hypot(sub(x, centre[0]!), sub(y, centre[1]!)), radius);
        const share = div(1, add(1, exp(div(mul(4, outside), edge))));
        const painted = names.indexOf(material);
        return below.map((of, k) => add<Num>(mul<Num>(of, sub(1, share)), k === painted ? share : 0));
      },
      names.map((_, k) => (k === 0 ? 1 : 0)),
    );
    const column = (of: Num): Value => (isValue(of) ? of : grid(() => of));
    const seen = spectraOf(params)
      .map((spectrum, k) => mul(mul<Num>(brightness, column(shares[k]!)) as Value, constant([spectrum])))
      .reduce((sum, more) => add(sum, more));
    const image = (of: Value, depth: number) => cast(reshape(of, [rows, columns, depth]), "float32");
    return {
      outputs: {
        cube: image(seen, bands.length),
        rgb: image(matmul(seen, constant(transpose(filtersOf(bands)))), 3),
        abundance: image(concat(shares.map(column), 1), names.length),
      },
    };
  },
});

export default simulated(camera, {
  noise: ({ noise, pixels: [rows, columns] }) => ({
    deviations: { cube: noise, rgb: noise },
    turns: (rows as number) * (columns as number),
  }),
});

const bell = (nm: number, at: number, width: number) => Math.exp(-0.5 * ((nm - at) / width) ** 2);

/** Reflectance of each material at each band. */
const spectraOf = ({ bands, materials }: Static<typeof Params>): number[][] =>
  Object.values(materials).map(({ base, peaks }) =>
    bands.map((nm) =>
      Math.min(
        1,
        Math.max(
          0,
          peaks.reduce((sum, { at, width, height }) => sum + height * bell(nm, at, width), base),
        ),
      ),
    ),
  );

/** Weights of the bands in red, green and blue. */
const filtersOf = (bands: readonly number[]): number[][] =>
  RGB.map(([at, width]) => {
    const weights = bands.map((nm) => bell(nm, at, width));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((w) => (sum === 0 ? 0 : w / sum));
  });

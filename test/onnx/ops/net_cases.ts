/** Cases of the ops of nets: normalisations, convolutions, recurrent layers, choices among elements. */
import fc from "fast-check";
import * as f from "../../../src/onnx/functions.js";
import { tensor } from "../../../src/onnx/tensor.js";
import type { Value } from "../../../src/onnx/value.js";
import { any, type Case, type Drawn, dim, drawn, grid, nonzero, positive, shape, size } from "./draw.js";

const alongAxis = (op: string, apply: typeof f.softmax): Case => ({
  op,
  draw: fc
    .tuple(shape([1, 3]), fc.nat(5))
    .chain(([d, pick]) => drawn([d], [any], ([x]) => [apply(x, (pick % (2 * d.length)) - d.length)])),
});

/** One input without equal elements, so that which one is the greatest does not change by a small step. */
const distinct = (dims: readonly number[], build: (x: Value) => Value[]): fc.Arbitrary<Drawn> =>
  fc
    .shuffledSubarray(
      Array.from({ length: size(dims) }, (_, i) => i / 8 - 1),
      { minLength: size(dims) },
    )
    .map((values) => ({ dims: [dims], values: [values], build: ([x]) => build(x) }));

/** Finds something by position: what it gives has no gradient, and chooses what has one. */
const position = (op: string, apply: typeof f.argMax): Case => ({
  op,
  draw: fc
    .tuple(shape([1, 3]), fc.nat(2), fc.boolean())
    .chain(([d, pick, keep]) =>
      distinct(d, (x) => [
        f.reduceSum(x, { axes: [pick % d.length], keepdims: keep }),
        f.mul(
          f.cast(apply(x, pick % d.length, keep), x.dtype),
          f.reduceSum(x, { axes: [pick % d.length], keepdims: keep }),
        ),
      ]),
    ),
});

interface Walked {
  readonly spatial: readonly number[];
  readonly kernel: readonly number[];
  readonly walk: f.Walk;
  readonly ceil_mode: number;
}
/** A kernel that fits: sizes, strides, dilations, and padding given or found. `most` dilation 1 turns dilations off. */
const walked = (most = 2): fc.Arbitrary<Walked> =>
  fc
    .array(
      fc.record({
        kernel: fc.integer({ min: 1, max: 3 }),
        stride: fc.integer({ min: 1, max: 3 }),
        dilation: fc.integer({ min: 1, max: most }),
        before: fc.nat(1),
        after: fc.nat(1),
        extra: fc.nat(3),
      }),
      { minLength: 1, maxLength: 2 },
    )
    .chain((axes) =>
      fc
        .tuple(fc.constantFrom("NOTSET", "NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"), fc.boolean())
        .map(([auto, ceil]): Walked => {
          // padding below the kernel's size, as every framework asks
          // ONNX Runtime finds padding for kernels without dilations that reach one another only
          if (auto.startsWith("SAME"))
            axes = axes.map((a) => ({ ...a, dilation: 1, stride: Math.min(a.stride, a.kernel) }));
          const before = axes.map((a) => Math.min(a.before, a.kernel - 1));
          const after = axes.map((a) => Math.min(a.after, a.kernel - 1));
          // a kernel that ceil_mode has begin in the padding behind is dropped when ONNX Runtime runs, not when it infers
          const fits = axes.every(({ extra, stride }, i) => {
            const room = extra + before[i] + after[i];
            return Math.ceil(room / stride) * stride < room - after[i] + (axes[i].kernel - 1) * axes[i].dilation + 1;
          });
          return {
            ceil_mode: Number(ceil && fits),
            spatial: axes.map((a) => (a.kernel - 1) * a.dilation + 1 + a.extra),
            kernel: axes.map((a) => a.kernel),
            walk: {
              strides: axes.map((a) => a.stride),
              ...(most > 1 && { dilations: axes.map((a) => a.dilation) }),
              ...(auto === "NOTSET" ? { pads: [...before, ...after] } : { auto_pad: auto as "VALID" }),
            },
          };
        }),
    );

const convolution: fc.Arbitrary<Drawn> = fc
  .tuple(
    walked(),
    dim,
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.boolean(),
  )
  .chain(([{ spatial, kernel, walk }, batch, group, into, out, bias]) =>
    drawn(
      [[batch, group * into, ...spatial], [group * out, into, ...kernel], ...(bias ? [[group * out]] : [])],
      [any],
      ([x, w, b]) => [f.conv(x, w, b, { ...walk, group })],
    ),
  );

/** An image of other sizes, in ways that ONNX Runtime has for float64; places in between are the same in either precision. */
const resized: fc.Arbitrary<Drawn> = fc
  .record({
    n: dim,
    c: dim,
    h: fc.integer({ min: 1, max: 4 }),
    w: fc.integer({ min: 1, max: 4 }),
    scales: fc.tuple(fc.constantFrom(0.5, 1, 1.5, 2, 4), fc.constantFrom(0.5, 1, 1.5, 2, 4)),
    how: fc.oneof(
      fc.record({
        mode: fc.constantFrom("linear", "cubic"),
        coordinate_transformation_mode: fc.constantFrom(
          "half_pixel",
          "pytorch_half_pixel",
          "align_corners",
          "asymmetric",
        ),
      }),
      fc.record({
        mode: fc.constant("cubic"),
        cubic_coeff_a: fc.constantFrom(-0.5, -0.75),
        exclude_outside: fc.constantFrom(0, 1),
      }),
      fc.record({
        mode: fc.constant("nearest"),
        nearest_mode: fc.constantFrom("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
        coordinate_transformation_mode: fc.constantFrom("half_pixel", "asymmetric"),
      }),
    ),
    bySizes: fc.boolean(),
  })
  .chain(({ n, c, h, w, scales, how, bySizes }) => {
    const sizes = [h * scales[0], w * scales[1]].map(Math.floor);
    // a size that is rounded is scaled by another number
    const even = sizes[0] === h * scales[0] && sizes[1] === w * scales[1] && !sizes.includes(0);
    const [sh, sw] = even ? scales : [2, 2];
    return drawn([[n, c, h, w]], [any], ([x]) => {
      const constant = (dtype: "float32" | "int64", values: readonly number[]) =>
        x.scope.constant(tensor(dtype, [values.length], values));
      return [
        bySizes
          ? f.op("Resize", [x, undefined, undefined, constant("int64", [n, c, h * sh, w * sw])], how)
          : f.op("Resize", [x, undefined, constant("float32", [1, 1, sh, sw])], how),
      ];
    });
  });

const transposed: fc.Arbitrary<Drawn> = fc
  .tuple(
    walked(),
    dim,
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 2 }),
    fc.boolean(),
    fc.nat(1),
  )
  .chain(([{ kernel, walk }, batch, group, into, out, bias, more]) => {
    const output_padding = walk.strides!.map((s) => Math.min(more, s - 1));
    return drawn(
      [
        [batch, group * into, ...kernel.map((k) => k + 1)],
        [group * into, out, ...kernel],
        ...(bias ? [[group * out]] : []),
      ],
      [any],
      ([x, w, b]) => [f.convTranspose(x, w, b, { ...walk, group, ...(walk.pads && { output_padding }) })],
    );
  });

interface Layer {
  readonly steps: number;
  readonly batch: number;
  readonly width: number;
  readonly hidden: number;
  readonly directions: number;
  readonly options: { readonly direction: "forward" | "reverse" | "bidirectional"; readonly clip?: number };
  /** Whether there are biases, lengths, initial states, peepholes. */
  readonly given: readonly boolean[];
  readonly lengths: readonly number[];
  readonly flag: number;
}
const layers: fc.Arbitrary<Layer> = fc
  .tuple(dim, dim, dim, dim, fc.constantFrom("forward", "reverse", "bidirectional"))
  .chain(([steps, batch, width, hidden, direction]) =>
    fc.record({
      steps: fc.constant(steps),
      batch: fc.constant(batch),
      width: fc.constant(width),
      hidden: fc.constant(hidden),
      directions: fc.constant(direction === "bidirectional" ? 2 : 1),
      options: fc.constant({ direction }),
      given: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      lengths: fc.array(fc.integer({ min: 1, max: steps }), { minLength: batch, maxLength: batch }),
      flag: fc.nat(1),
    }),
  );

/** A recurrent layer with some of what it may be given. */
const recurrentCase = (
  op: string,
  gates: number,
  states: number,
  apply: (x: Value, w: Value, r: Value, options: object, flag: number) => { [name: string]: Value },
): Case => ({
  op,
  draw: layers.chain(({ steps, batch, width, hidden, directions: d, options, given, lengths, flag }) => {
    const [bias, sequences, initial, peepholes] = given;
    const state = [d, batch, hidden];
    const optional: [string, number[]][] = [
      ...(bias ? [["bias", [d, 2 * gates * hidden]] as [string, number[]]] : []),
      ...(initial ? [["initial", state] as [string, number[]]] : []),
      ...(initial && states === 2 ? [["initialCell", state] as [string, number[]]] : []),
      ...(peepholes && states === 2 ? [["peepholes", [d, 3 * hidden]] as [string, number[]]] : []),
    ];
    return drawn(
      [
        [steps, batch, width],
        [d, gates * hidden, width],
        [d, gates * hidden, hidden],
        ...optional.map(([, dims]) => dims),
      ],
      [any],
      ([x, w, r, ...rest]) =>
        Object.values(
          apply(
            x,
            w,
            r,
            {
              ...options,
              ...(sequences && { lengths: x.scope.constant(tensor("int32", [batch], lengths)) }),
              ...Object.fromEntries(optional.map(([name], i) => [name, rest[i]])),
            },
            flag,
          ),
        ),
    );
  }),
});

export const netCases: readonly Case[] = [
  position("ArgMax", f.argMax),
  position("ArgMin", f.argMin),
  {
    op: "AveragePool",
    draw: fc
      .tuple(walked(1), dim, dim, fc.nat(1))
      .chain(([{ spatial, kernel, walk, ceil_mode }, n, c, count_include_pad]) =>
        drawn([[n, c, ...spatial]], [any], ([x]) => [
          f.averagePool(x, kernel, { ...walk, ceil_mode, count_include_pad }),
        ]),
      ),
  },
  {
    op: "BatchNormalization",
    draw: fc
      .tuple(shape([2, 4]))
      .chain(([d]) =>
        drawn([d, [d[1]], [d[1]], [d[1]], [d[1]]], [any, any, any, any, positive], ([x, s, b, m, v]) => [
          f.batchNormalization(x, s, b, m, v, { epsilon: 0.01 }),
        ]),
      ),
  },
  { op: "Conv", draw: convolution },
  { op: "ConvTranspose", draw: transposed },
  {
    op: "Einsum",
    draw: fc
      .tuple(
        fc.constantFrom(
          "ij->ji",
          "ij->",
          "ij->i",
          "ij",
          "ii->i",
          "ii->",
          "iji->j",
          "ij,jk->ik",
          "ij,jk",
          "ij,ij->",
          "i,j->ij",
          "ij,kj->ki",
          "bij,bjk->bik",
          "ij,jk,kl->il",
          "ijk,ilm,njm->nlk",
          "...ij->...ji",
          "...ij,...jk->...ik",
          "...i,...i->...",
          "i...,i->...",
          "ij,j->i",
          "ij,k->i",
          "bhid,bhjd->bhij",
        ),
        fc.array(dim, { minLength: 12, maxLength: 12 }),
        fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      )
      .chain(([equation, sizes, ones]) => {
        const names = [...new Set(equation.replace(/[^a-z]/g, ""))];
        const size = (name: string): number => sizes[names.indexOf(name)];
        // the axes of an ellipsis broadcast: some are of size one
        const dims = equation
          .split("->")[0]
          .split(",")
          .map((term, i) => {
            const free = [sizes[10], sizes[11]].map((d, k) => (ones[(2 * i + k) % 6] && i > 0 ? 1 : d));
            const [before, after] = term.split("...");
            return [...[...before].map(size), ...(after === undefined ? [] : free), ...[...(after ?? "")].map(size)];
          });
        return drawn(dims, [any], (xs) => [f.einsum(equation, xs)]);
      }),
  },
  { op: "GlobalAveragePool", draw: shape([3, 4]).chain((d) => drawn([d], [any], ([x]) => [f.globalAveragePool(x)])) },
  { op: "GlobalMaxPool", draw: shape([3, 4]).chain((d) => distinct(d, (x) => [f.globalMaxPool(x)])) },
  recurrentCase("GRU", 3, 1, (x, w, r, options, linear_before_reset) => ({
    ...f.gru(x, w, r, { ...options, linear_before_reset }),
  })),
  {
    op: "InstanceNormalization",
    draw: shape([3, 4]).chain((d) =>
      drawn([d, [d[1]], [d[1]]], [any], ([x, s, b]) => [f.op("InstanceNormalization", [x, s, b], { epsilon: 0.1 })]),
    ),
  },
  {
    op: "LayerNormalization",
    draw: fc.tuple(shape([1, 3]), fc.nat(2), fc.boolean()).chain(([d, pick, bias]) => {
      const axis = pick % d.length;
      const inner = d.slice(axis);
      return drawn([d, inner, ...(bias ? [inner] : [])], [any], ([x, s, b]) => [
        f.layerNormalization(x, s, b, { axis: axis - d.length, epsilon: 0.1 }),
      ]);
    }),
  },
  alongAxis("LogSoftmax", f.logSoftmax),
  recurrentCase("LSTM", 4, 2, (x, w, r, options) => ({ ...f.lstm(x, w, r, options) })),
  {
    op: "MaxPool",
    draw: fc
      .tuple(walked(), dim, dim)
      .chain(([{ spatial, kernel, walk, ceil_mode }, n, c]) =>
        distinct([n, c, ...spatial], (x) => [f.maxPool(x, kernel, { ...walk, ceil_mode })]),
      ),
  },
  recurrentCase("RNN", 1, 1, (x, w, r, options) => ({ ...f.rnn(x, w, r, options) })),
  alongAxis("Softmax", f.softmax),
  {
    op: "TopK",
    draw: fc.tuple(shape([1, 3]), fc.nat(2), fc.nat(3), fc.nat(1)).chain(([d, pick, k, largest]) => {
      const axis = pick % d.length;
      return distinct(d, (x) => {
        const { values, indices } = f.topK(x, k % (d[axis] + 1) || 1, { axis: axis - d.length, largest });
        return [values, f.mul(f.cast(indices, x.dtype), values)];
      });
    }),
  },
  {
    op: "Hardmax",
    draw: shape([1, 3]).chain((d) =>
      fc
        .nat(2)
        .chain((pick) => distinct(d, (x) => [f.mul(f.op("Hardmax", [x], { axis: (pick % d.length) - d.length }), x)])),
    ),
  },
  {
    op: "LpNormalization",
    draw: fc
      .tuple(shape([1, 3]), fc.nat(5), fc.constantFrom(1, 2))
      .chain(([d, pick, p]) =>
        drawn([d], [nonzero], ([x]) => [f.op("LpNormalization", [x], { axis: (pick % (2 * d.length)) - d.length, p })]),
      ),
  },
  {
    op: "GroupNormalization",
    draw: fc
      .tuple(dim, dim, dim, fc.array(fc.integer({ min: 2, max: 3 }), { minLength: 1, maxLength: 2 }))
      .chain(([batch, groups, each, spatial]) =>
        drawn([[batch, groups * each, ...spatial], [groups], [groups]], [any], ([x, scale, bias]) => [
          f.op("GroupNormalization", [x, scale, bias], { num_groups: groups, epsilon: 0.1 }),
        ]),
      ),
  },
  {
    op: "DepthToSpace",
    draw: fc
      .tuple(dim, dim, dim, dim, dim, fc.constantFrom("DCR", "CRD"))
      .chain(([n, c, h, w, block, mode]) =>
        drawn([[n, c * block ** 2, h, w]], [any], ([x]) => [f.op("DepthToSpace", [x], { blocksize: block, mode })]),
      ),
  },
  {
    op: "SpaceToDepth",
    draw: fc
      .tuple(dim, dim, dim, dim, dim)
      .chain(([n, c, h, w, block]) =>
        drawn([[n, c, h * block, w * block]], [any], ([x]) => [f.op("SpaceToDepth", [x], { blocksize: block })]),
      ),
  },
  { op: "Resize", draw: resized },
  {
    op: "GridSample",
    draw: fc.tuple(dim, dim, dim, dim, dim, fc.boolean()).chain(([n, c, h, w, out, corners]) =>
      fc
        .tuple(fc.constantFrom("bilinear", "nearest", "bicubic"), fc.constantFrom("zeros", "border", "reflection"))
        .chain(([mode, padding_mode]) =>
          drawn(
            [
              [n, c, h + 1, w + 1],
              [n, out, 2, 2],
            ],
            [any, grid(-1.4, 1.4)],
            ([x, at]) => [f.op("GridSample", [x, at], { mode, padding_mode, align_corners: Number(corners) })],
          ),
        ),
    ),
  },
  {
    op: "Col2Im",
    draw: walked().chain(({ spatial, kernel, walk: { pads = kernel.flatMap(() => [0, 0]), strides, dilations } }) =>
      fc.tuple(dim, dim).chain(([n, c]) => {
        // ONNX Runtime loses elements of blocks with gaps where the image has not two axes
        const attributes = { pads, strides, dilations: kernel.length === 2 ? dilations! : kernel.map(() => 1) };
        const places = spatial.map((s, i) => {
          const room = s + pads[i]! + pads[i + kernel.length]! - (kernel[i]! - 1) * attributes.dilations[i]! - 1;
          return Math.floor(room / strides![i]!) + 1;
        });
        return drawn([[n, c * size(kernel), size(places)]], [any], ([x]) => {
          const constant = (values: readonly number[]) => x.scope.constant(tensor("int64", [values.length], values));
          return [f.op("Col2Im", [x, constant(spatial), constant(kernel)], attributes)];
        });
      }),
    ),
  },
];

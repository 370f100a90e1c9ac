/**
 * The gradient of one batch, at one go or in parts.
 *
 * Each part gives its mean; parts are weighted by what their means are over, so that their sum is the mean, and the
 * gradient, of the whole batch, whatever its last part's size.
 */
import { vectorJacobian } from "../onnx/autodiff.js";
import { add, cast, div, gather, identity, mul, reduceSum, reshape, slice } from "../onnx/functions.js";
import { isFloat, scalar, sizeOf } from "../onnx/tensor.js";
import { expandLike } from "../onnx/unbroadcast.js";
import type { Scope, Value } from "../onnx/value.js";
import { fail } from "../problem/problem.js";
import { type Environment, outcomeOf, type Values } from "./environment.js";
import { pack, type Unit } from "./layout.js";
import { loop, once } from "./loop.js";

/** How the rows of a batch are gone through: `count` times `micro`, then `rest`. */
export interface Parts {
  readonly micro: number;
  readonly count: number;
  readonly rest: number;
}

/** What a row of a dropout is: its number of elements and the share that is dropped. */
export interface Dropped {
  readonly size: number;
  readonly rate: number;
}

/** What all parts of a batch share. */
export interface Whole {
  readonly environment: Environment;
  readonly units: readonly Unit[];
  /** All rows of every column. */
  readonly tables: Values;
  readonly parameters: Values;
  /** Names of the parameters that stay as they are. */
  readonly frozen: readonly string[];
  /** The tables of masks, by name, and what is in them: filled as the environment asks for dropout. */
  readonly masks: (name: string) => Value;
  readonly dropped: Dropped[];
  number(): Value;
  rate(): Value;
}

export interface Found {
  /** By each unit. */
  readonly gradients: readonly Value[];
  /** The loss, then the metrics. */
  readonly values: readonly Value[];
  readonly metrics: readonly string[];
  /** What the environment sets parameters to, by name. */
  readonly set: Values;
}

/** As `Found`, not yet divided by the sum of the weights where the environment gives them. */
interface Share extends Found {
  readonly weight: Value | undefined;
}

/** Rows of the columns and of the masks that a part is made of. */
interface Rows {
  readonly count: number;
  readonly data: Value;
  masks(): Value;
}

/** The gradient of the batch of `rows`; `masks` are the rows of the masks, asked for when something is dropped. */
export function batchGradient(whole: Whole, scope: Scope, parts: Parts, data: Value, masks: () => Value): Found {
  const { micro, count, rest } = parts;
  const total = micro * count + rest;
  const rows = (from: number, to: number): Rows => ({
    count: to - from,
    data: slice(data, [from], [to], [0]),
    masks: once(() => slice(masks(), [from], [to], [0])),
  });
  if (count <= 1 && (count === 0 || rest === 0))
    return part(whole, scope, whole.parameters, { count: total, data, masks });
  const most = rows(0, micro * count);
  const shares: Share[] = [
    count === 1
      ? part(whole, scope, whole.parameters, most, micro / total)
      : accumulated(whole, scope, parts, most, micro / total),
  ];
  if (rest > 0) shares.push(part(whole, scope, whole.parameters, rows(micro * count, total), rest / total));
  const { gradients, values, weight, metrics, set } = shares.reduce((a, b) => ({
    metrics: a.metrics,
    set: Object.fromEntries(Object.entries(a.set).map(([name, v]) => [name, add(v, b.set[name])])),
    gradients: a.gradients.map((g, i) => add(g, b.gradients[i])),
    values: a.values.map((v, i) => add(v, b.values[i])),
    weight: a.weight && b.weight && add(a.weight, b.weight),
  }));
  if (weight === undefined) return { gradients, values, metrics, set };
  const mean = (x: Value): Value => div(x, cast(weight, x.dtype));
  return { gradients: gradients.map(mean), values: values.map(mean), metrics, set };
}

/** `count` parts of `micro` rows, one after the other. */
function accumulated(whole: Whole, scope: Scope, { micro, count }: Parts, rows: Rows, share: number): Share {
  const cut = (x: Value): Value => reshape(x, [count, micro]);
  const zeros = whole.units.map((u) => {
    const zero = scope.constant(scalar(u.dtype, 0));
    return u.dims.length === 0 ? identity(zero) : expandLike(zero, { ...zero, shape: u.dims });
  });
  let weighted = false;
  let metrics: readonly string[] = [];
  let names: readonly string[] = [];
  const { states, outputs } = loop(scope, zeros, (sums, element, body) => {
    // what an environment computes from parameters alone is then computed, and differentiated, in here
    const parameters = Object.fromEntries(
      Object.entries(whole.parameters).map(([name, v]) => [name, body.emit("Identity", [v])[0]]),
    );
    const masks = once(() => element(cut(rows.masks())));
    const data = element(cut(rows.data));
    const found = part(whole, body, parameters, { count: micro, data, masks }, share);
    const { gradients, values, weight } = found;
    weighted = weight !== undefined;
    metrics = found.metrics;
    names = Object.keys(found.set);
    return {
      states: sums.map((sum, i) => add(sum, gradients[i])),
      outputs: [...Object.values(found.set), ...values, ...(weight === undefined ? [] : [weight])],
    };
  });
  const totals = outputs.slice(names.length).map((o) => reduceSum(o));
  return {
    gradients: states,
    metrics,
    set: Object.fromEntries(names.map((name, i) => [name, reduceSum(outputs[i], { axes: [0] })])),
    values: weighted ? totals.slice(0, -1) : totals,
    weight: weighted ? totals.at(-1) : undefined,
  };
}

/** One call of the environment. With a share, results are weighted: by the environment's weight, or else by the share. */
function part(whole: Whole, scope: Scope, parameters: Values, rows: Rows, share?: number): Share {
  const batch = Object.fromEntries(
    Object.entries(whole.tables).map(([name, table]) => [name, gather(table, rows.data)]),
  );
  let drops = 0;
  const set: { [name: string]: Value } = {};
  const {
    loss,
    weight,
    metrics = {},
  } = outcomeOf(whole.environment, parameters, batch, {
    training: true,
    get number() {
      return whole.number();
    },
    get rate() {
      return whole.rate();
    },
    dropout: (x, rate) => (rate === 0 ? x : dropout(whole, rows, x, rate, drops++)),
    set(name, value) {
      checkSet(whole, name, value, Object.hasOwn(set, name));
      set[name] = share === undefined ? value : mul(value, share);
    },
  });
  const by = whole.units.map((unit) => unit.parts.map(({ name }) => parameters[name]));
  const factor = share === undefined ? undefined : weight;
  const seed = factor === undefined ? scope.constant(scalar(loss.dtype, share ?? 1)) : cast(factor, loss.dtype);
  const found = vectorJacobian(scope, [loss], [seed], by.flat());
  let at = 0;
  const gradients = whole.units.map((unit, i) =>
    pack(
      unit,
      by[i].map((v) => found[at++] ?? expandLike(scope.constant(scalar(v.dtype, 0)), v)),
    ),
  );
  const scaled = (v: Value): Value =>
    factor !== undefined ? mul(v, cast(factor, v.dtype)) : share === undefined ? v : mul(v, share);
  return {
    gradients,
    values: [loss, ...Object.values(metrics)].map(scaled),
    weight: factor,
    metrics: Object.keys(metrics),
    set,
  };
}

/** Errors: L0954 for what cannot be set. */
function checkSet({ parameters, frozen }: Whole, name: string, value: Value, again: boolean): void {
  const refuse = (reason: string): never => fail("L0954", { reason: `it sets \`${name}\`${reason}` });
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : refuse(", which is no parameter");
  if (again) refuse(" twice in a step");
  if (frozen.includes(name)) refuse(", which is frozen");
  if (!isFloat(value.dtype)) refuse(` to ${value.dtype}; only floats are averaged over the parts of a batch`);
  const [found, wanted] = [value, parameter].map(({ dtype, shape }) => `${dtype} [${shape}]`);
  if (found !== wanted) refuse(` to ${found}, and it is ${wanted}`);
}

/** `x` times rows of a table of masks. The tables are numbered in the order in which they are asked for. */
function dropout({ masks, dropped }: Whole, rows: Rows, x: Value, rate: number, index: number): Value {
  const refuse = (reason: string): never => fail("L0954", { reason: `its dropout ${index + 1} ${reason}` });
  const [first, ...rest] = x.shape;
  if (!(rate > 0 && rate < 1)) refuse(`drops a share of ${rate}, and must drop one from 0 to less than 1`);
  if (first !== rows.count || rest.some((d) => typeof d !== "number"))
    refuse(`is of shape [${x.shape}], and must be of one with the batch's ${rows.count} rows first`);
  const size = sizeOf(rest as number[]);
  const known = dropped[index];
  if (known === undefined) dropped[index] = { size, rate };
  else if (known.size !== size || known.rate !== rate) refuse("changes from one call to the next");
  const mask = gather(masks(`masks/${index}`), rows.masks());
  return mul(x, cast(reshape(mask, x.shape as number[]), x.dtype));
}

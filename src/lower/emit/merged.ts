/**
 * A model node as a part of the policy:
 *
 *     in.* ─ flatten ─► row ─ rows before ─ taps ─► obs.<port>  ─► the model's ops ─►  act.<port> ─ unflatten ─► out.*
 *
 * The model's own state, and the rows that its card's transforms look back at, become state of the policy.
 */

import type { ModelSpec } from "../../component/model.js";
import { checkMessages, firingsARow } from "../../component/model-inputs.js";
import { messageParts } from "../../component/parts.js";
import { portSignature } from "../../component/ports.js";
import type { NodeVertex } from "../../graph/typed.js";
import { compileFlatten } from "../../message/flatten.js";
import type { TapColumn } from "../../message/transforms/taps.js";
import { type Transforms, tapsOf } from "../../message/transforms/transforms.js";
import type { MessageSchema } from "../../message/type.js";
import {
  add,
  cast,
  concat,
  equal,
  gather,
  greater,
  greaterOrEqual,
  less,
  mul,
  reshape,
  round,
  slice,
  sub,
  unsqueeze,
} from "../../onnx/functions.js";
import type { Model, Tensor, ValueInfo } from "../../onnx/ir.js";
import { attach } from "../../onnx/merge.js";
import { allocate, scalar, sizeOf, tensor } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import { fail } from "../../problem/problem.js";
import type { Piece } from "../piece.js";
import { and, type Flag, not, select } from "./flag.js";
import type { Frame } from "./frame.js";
import { flattened, unflattened } from "./rows.js";

const STATE_IN = "state_in.";
const STATE_OUT = "state_out.";
const RESET = "reset";
const BEGUN = "begun";
const NEVER = -1e300;

/** @throws LimbeckError L0868 for a model that is no graph of these ports; L0770, L0771 for transforms that do not fit here */
export function mergedModel(node: NodeVertex, spec: ModelSpec, model: Model): Piece {
  const types = (ports: ModelSpec["inputs"]): [string, MessageSchema][] =>
    Object.entries(ports).map(([port, like]) => [
      port,
      portSignature(like as Parameters<typeof portSignature>[0]).type,
    ]);
  const inputs = types(spec.inputs);
  const outputs = types(spec.outputs);
  const { transforms } = spec;
  const looks = inputs.map(([port, type]) => lookOf(node, spec.model, port, type, transforms));
  const states = model.graph.inputs.filter(({ name }) => name.startsWith(STATE_IN));
  const resets = model.graph.inputs.some(({ name }) => name === RESET);
  const history = looks.filter((look) => look.depth > 0);
  const padded = transforms?.pad !== undefined;
  const overMessages = transforms?.over === "messages";
  const gap = transforms?.max_gap_ns;
  const enough = history.length > 0 && (!padded || overMessages);
  return {
    reads: {
      dt: false,
      time: gap !== undefined && !overMessages && history.length > 0,
      fresh: overMessages ? history.map(({ port }) => port) : [],
      age: overMessages && gap !== undefined ? history.map(({ port }) => port) : [],
      has: [],
    },
    state: [
      ...states.map((info) => ({ name: info.name.slice(STATE_IN.length), initial: zero(node, spec.model, info) })),
      ...(resets ? [{ name: BEGUN, initial: scalar("bool", 0) }] : []),
      ...history.flatMap((look) => [
        {
          name: `${look.port}.rows`,
          initial: tensor("float32", [look.depth + 1, look.from], new Float32Array((look.depth + 1) * look.from)),
        },
        { name: `${look.port}.held`, initial: scalar("float64", 0) },
        ...(gap === undefined ? [] : [{ name: `${look.port}.last`, initial: scalar("float64", NEVER) }]),
      ]),
    ],
    silent: enough ? outputs.map(([port]) => port) : [],
    outputs: outputs.flatMap(([port, type]) =>
      messageParts(type, port).leaves.map(({ path }) => ({
        port,
        path,
        name: path === "" ? `out.${port}` : `out.${port}:${path}`,
      })),
    ),
    add(frame, feed, prefix) {
      const given = new Map<string, Value>();
      const flags: Flag[] = [];
      const feeds: { [name: string]: Value } = {};
      for (const look of looks) {
        const part = (path: string) => frame.grown(feed(path === "" ? `in.${look.port}` : `in.${look.port}:${path}`));
        const row = flattened(frame.g, look.type, part);
        feeds[`obs.${look.port}`] = look.depth === 0 ? tapped(frame, look, row, 0) : looked(frame, look, row);
      }
      for (const { name } of states) feeds[name] = frame.grown(feed(`state.${name.slice(STATE_IN.length)}`));
      if (resets) {
        const begun = feed(`state.${BEGUN}`);
        feeds[RESET] = frame.grown(frame.bool(not(begun)));
        given.set(`next.${BEGUN}`, frame.bool(true));
      }
      const said = attach(frame.g, model, feeds, prefix);
      for (const { name } of states) {
        const kept = name.slice(STATE_IN.length);
        given.set(
          `next.${kept}`,
          said[STATE_OUT + kept] ?? refuse(node, spec.model, `it does not give \`${STATE_OUT + kept}\``),
        );
      }
      for (const [port, type] of outputs) {
        const columns = said[`act.${port}`] ?? refuse(node, spec.model, `it does not give \`act.${port}\``);
        for (const [path, value] of unflattened(type, columns))
          given.set(path === "" ? `out.${port}` : `out.${port}:${path}`, value);
        if (enough) given.set(`valid.${port}`, frame.bool(and(...flags)));
      }
      return (name) => given.get(name)!;

      /** The columns of the last rows. One message of a port is remembered once, however often it is read. */
      function looked(f: Frame, look: Look, row: Value): Value {
        const { port, depth, from } = look;
        const came: Flag = overMessages ? feed(`fresh.${port}`) : true;
        const before = feed(`state.${port}.held`);
        const rows = f.grown(feed(`state.${port}.rows`));
        let held = before;
        if (gap !== undefined) {
          const at = overMessages ? round(sub(f.now(), mul(feed(`age.${port}`), f.f64(1e9)))) : f.now();
          const last = feed(`state.${port}.last`);
          held = select(greater(sub(at, last), f.f64(gap)), f.f64(0), before);
          given.set(`next.${port}.last`, select(came, at, last));
        }
        // the first row stands in for those before it; without `pad` nothing is said until they are there
        const fresh = unsqueeze(row, [1]);
        const filled = concat(
          Array.from({ length: depth + 1 }, () => fresh),
          1,
        );
        const moved = select(equal(held, f.f64(0)), filled, concat([slice(rows, [1], [depth + 1], [1]), fresh], 1));
        const all = select(came, moved, rows);
        const count = select(came, minimum(f, add(held, f.f64(1)), depth + 1), before);
        given.set(`next.${port}.rows`, all);
        given.set(`next.${port}.held`, count);
        if (enough) flags.push(greaterOrEqual(count, f.f64(padded ? 1 : depth + 1)));
        return tapped(f, look, reshape(all, [-1, (depth + 1) * from]), depth);
      }
    },
  };
}

const minimum = (f: Frame, value: Value, most: number): Value => select(less(value, f.f64(most)), value, f.f64(most));

interface Look {
  readonly port: string;
  readonly type: MessageSchema;
  /** Columns before transforming, and after. */
  readonly from: number;
  readonly columns: readonly TapColumn[] | undefined;
  /** Rows before. */
  readonly depth: number;
  readonly stride: number;
}

function lookOf(
  node: NodeVertex,
  model: string,
  port: string,
  type: MessageSchema,
  transforms: Transforms | undefined,
): Look {
  const flat = compileFlatten(type);
  const plain = { port, type, from: flat.width, columns: undefined, depth: 0, stride: 1 };
  if (!transforms?.steps.some((step) => step.port === port)) return plain;
  const columns = tapsOf(port, transforms.steps, flat.columns);
  const reach = Math.max(0, ...columns.flatMap(({ taps }) => taps.map(({ lag }) => lag)));
  if (reach > 0 && transforms.over === "messages") checkMessages(model, node.id, port, node.trigger);
  const stride =
    reach > 0 && transforms.over !== "messages" ? firingsARow(model, node.id, transforms, node.trigger) : 1;
  return { ...plain, columns, depth: reach * stride, stride };
}

/** Columns as sums of taps of [N, rows · from], oldest row first; summed in the order of the taps, as it is done beside a model. */
function tapped(frame: Frame, { columns, from, stride }: Look, rows: Value, depth: number): Value {
  if (columns === undefined) return rows;
  const { g } = frame;
  const most = Math.max(...columns.map(({ taps }) => taps.length));
  const vector = (of: (column: TapColumn) => number) =>
    g.constant(tensor("float64", [1, columns.length], columns.map(of)));
  let sum = vector(({ plus }) => plus);
  const wide = cast(rows, "float64");
  for (let k = 0; k < most; k++) {
    const places = columns.map(({ taps }) =>
      taps[k] === undefined ? 0 : (depth - taps[k].lag * stride) * from + taps[k].column,
    );
    const picked = gather(wide, g.constant(tensor("int64", [columns.length], places)), 1);
    sum = add(
      sum,
      mul(
        vector(({ taps }) => taps[k]?.factor ?? 0),
        picked,
      ),
    );
  }
  return cast(sum, "float32");
}

function zero(node: NodeVertex, model: string, { name, dtype, shape }: ValueInfo): Tensor {
  const dims = (shape ?? []).slice(1);
  if (dtype === undefined || dims.some((d) => typeof d !== "number"))
    return refuse(node, model, `its \`${name}\` is of no fixed shape`);
  return { dtype, dims: dims as number[], data: allocate(dtype, sizeOf(dims as number[])) };
}

function refuse(node: NodeVertex, model: string, reason: string): never {
  return fail(
    "L0868",
    { node: node.id, model, reason, help: "Distil it again, or leave the node out of what is lowered." },
    { path: node.path },
  );
}

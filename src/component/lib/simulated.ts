/**
 * What a tensor component does in simulation beside its tensors: it stops the run where its result would mean nothing,
 * and adds noise. The tensor language has neither: a policy goes on, with NaN wherever it can say so, and there is none of
 * a component that draws; but its noise can be told it (`draws`).
 */
import { graphBuilder } from "../../onnx/builder.js";
import { add, cast, mul, reshape, slice } from "../../onnx/functions.js";
import { declared } from "../../onnx/shape.js";
import { sizeOf } from "../../onnx/tensor.js";
import type { Context, Inputs, Instance, Outputs, Setup, Stepper } from "../component.js";
import { DRAWN, type Draws } from "../draws.js";
import type { Rng } from "../rng.js";
import type { TensorLeaf, TensorProgram } from "../tensor/trace.js";
import type { TypedComponent } from "../typed.js";

type With<P> = Context & { readonly params: P };

export interface Simulated<P> {
  /** Throws before a firing that would mean nothing. */
  readonly before?: (inputs: Inputs, ctx: With<P>) => void;
  /** What is sent in the end; throws where that means nothing. */
  readonly after?: (outputs: Outputs, ctx: With<P>) => Outputs;
  readonly noise?: (params: P) => Noise;
}

/** Normal noise on parts of the outputs: numbers and tensors of floats. Where all deviations are 0 nothing is drawn. */
export interface Noise {
  /** By part, `joints:velocity`, in the order in which it is drawn: standard deviations. */
  readonly deviations: { readonly [part: string]: number };
  /** It is drawn in so many turns, of each part an equal share at a turn: pixel by pixel (default 1). */
  readonly turns?: number;
}

/** The component with a look at what goes into it and comes out of it, where it runs as JavaScript. */
export function simulated<I, O, P>(
  component: TypedComponent<I, O, P>,
  { before, after, noise }: Simulated<P>,
): TypedComponent<I, O, P> {
  type Run = Stepper["run"];
  const noiseOf = (params: unknown): Noise | undefined => {
    const found = noise?.(params as P);
    return found && Object.values(found.deviations).some((deviation) => deviation > 0) ? found : undefined;
  };
  const said = (outputs: Outputs, ctx: Context): Outputs => {
    const looked = after === undefined ? outputs : after(outputs, ctx as With<P>);
    const noise = noiseOf(ctx.params);
    return noise === undefined ? looked : noisy(looked, noise, ctx.rng);
  };
  const changes = after !== undefined || noise !== undefined;
  // one around each: the engine makes one text of nodes that share their function
  const around = new WeakMap<Run, Run>();
  const looked = (run: Run): Run => {
    const known = around.get(run);
    if (known !== undefined) return known;
    const own: Run = (inputs, state, ctx, prepared) => {
      before?.(inputs, ctx as With<P>);
      const result = run(inputs, state, ctx, prepared);
      return changes ? { ...result, outputs: said(result.outputs, ctx) } : result;
    };
    around.set(run, own);
    return own;
  };
  return {
    ...component,
    signature(raw, types) {
      const { lowerable, ...signature } = component.signature(raw, types);
      return noiseOf(signature.params) === undefined
        ? { ...signature, ...(lowerable && { lowerable }) }
        : { ...signature, pure: false };
    },
    tensor: (setup) => (noiseOf(setup.params) === undefined ? component.tensor!(setup) : undefined),
    ...(noise && {
      draws(setup) {
        const found = noiseOf(setup.params);
        return found && drawsOf(component.tensor!(setup)!, found);
      },
    }),
    instantiate(setup: Setup): Instance {
      const { step, ...instance } = component.instantiate(setup) as Instance & Required<Pick<Instance, "step">>;
      const fire = instance.fire!.bind(instance);
      return {
        ...instance,
        step: { ...step, run: looked(step.run) },
        fire(inputs, ctx) {
          before?.(inputs, ctx);
          const outputs = fire(inputs, ctx) as Outputs;
          return changes ? said(outputs, ctx) : outputs;
        },
      };
    },
  };
}

type Floats = Float64Array | Float32Array;

function noisy(outputs: Outputs, { deviations, turns = 1 }: Noise, rng: Rng): Outputs {
  const said: { [port: string]: unknown } = { ...outputs };
  const parts = Object.entries(deviations).map(([part, deviation]) => {
    const [port, field] = part.split(":") as [string, string?];
    const message = said[port] as number | Floats | { readonly [field: string]: number | Floats };
    const x =
      field === undefined ? (message as number | Floats) : (message as { readonly [f: string]: Floats })[field]!;
    const data = typeof x === "number" ? Float64Array.of(x) : x.slice();
    return { port, field, deviation, data, number: typeof x === "number" };
  });
  for (let turn = 0; turn < turns; turn++)
    for (const { data, deviation } of parts) {
      const share = data.length / turns;
      for (let i = turn * share; i < (turn + 1) * share; i++) data[i]! += deviation * rng.normal();
    }
  for (const { port, field, data, number } of parts) {
    const part = number ? data[0] : data;
    said[port] = field === undefined ? part : { ...(said[port] as object), [field]: part };
  }
  return said as Outputs;
}

function drawsOf(program: TensorProgram, { deviations, turns = 1 }: Noise): Draws {
  const { graph } = program;
  const parts = Object.entries(deviations).map(([part, deviation]) => {
    const { name, dims } = program.outputs.find((leaf) => leaf.name === `out.${part}`)!;
    return { name, dims, deviation, share: sizeOf(dims) / turns };
  });
  const round = parts.reduce((sum, { share }) => sum + share, 0);
  const size = turns * round;
  const g = graphBuilder(graph.name);
  const inputs = graph.inputs.map((input) => {
    const { dtype, shape } = declared(input);
    return g.input(input.name, dtype, shape);
  });
  const drawn: TensorLeaf = { port: DRAWN, path: "", name: `in.${DRAWN}`, dtype: "float64", dims: [size] };
  const all = reshape(g.input(drawn.name, drawn.dtype, drawn.dims), [turns, round]);
  const said = g.include(graph, inputs, "core/");
  for (const [i, { name }] of graph.outputs.entries()) {
    const value = said[i]!;
    const at = parts.findIndex((part) => part.name === name);
    if (at < 0) {
      g.output(name, value);
      continue;
    }
    const { dims, deviation, share } = parts[at]!;
    const from = parts.slice(0, at).reduce((sum, part) => sum + part.share, 0);
    const noise = mul(reshape(slice(all, [from], [from + share], [1]), dims), deviation);
    g.output(name, cast(add(cast(value, "float64"), noise), value.dtype));
  }
  return {
    size,
    next: (rng) => Float64Array.from({ length: size }, () => rng.normal()),
    program: { ...program, graph: g.graph(), inputs: [...program.inputs, drawn] },
  };
}

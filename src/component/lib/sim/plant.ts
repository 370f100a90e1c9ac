/**
 * What the plants share: their equations are integrated from the last firing to now by the classical Runge–Kutta method
 * of order 4, in equal steps no longer than a bound; on a clock, in as many as its period takes.
 */
import type { Static, TObject } from "typebox";
import { cast } from "../../../onnx/functions.js";
import type { Value } from "../../../onnx/value.js";
import type { PortLike } from "../../ports.js";
import { repeat, type States, type TensorContext } from "../../tensor/symbolic.js";
import { type TensorStepSpec, tensorStep } from "../../tensor/tensor.js";
import type { TypedComponent } from "../../typed.js";
import { add, ceil, div, max, mul, type Num, sub, sum } from "../arithmetic.js";
import { simulated } from "../simulated.js";

/** Steps that one firing may take before the model is taken to be mis-declared. */
const MAX_STEPS = 1_000_000;

type Ports = { readonly [port: string]: PortLike };

/** A tensor step with a param `step`, the longest of the integrator in s. */
export const plant = <P extends TObject, I extends Ports, O extends Ports, S extends States>(
  spec: TensorStepSpec<P, I, O, S>,
): TypedComponent<I, O, Static<P>> =>
  simulated(tensorStep(spec), {
    before(_, { dt, params }) {
      const steps = stepsOf(dt, (params as { step: number }).step);
      if (steps > MAX_STEPS) throw new RangeError(`${steps} integrator steps in one firing; at most ${MAX_STEPS}`);
    },
  });

const stepsOf = <T extends Num>(time: T, longest: number): T => ceil<Num>(sub<Num>(div<Num>(time, longest), 1e-9)) as T;

/** As many of them as there are states. */
type Each<N extends string, T> = { readonly [K in N]: T };

interface Model<N extends string> {
  readonly state: Each<N, Value>;
  /** Longest step, in s. */
  readonly longest: number;
  readonly derivative: (x: Each<N, Value>) => Each<N, Num>;
  /** What becomes of the state after each step, beside what its derivative says. */
  readonly afterwards?: (x: Each<N, Value>) => Each<N, Num>;
}

/** The state `dt` seconds on. */
export function integrated<N extends string>(
  { dt, period }: Pick<TensorContext<unknown>, "dt" | "period">,
  { state, longest, derivative, afterwards }: Model<N>,
): { [K in N]: Value } {
  const steps = period === undefined ? stepsOf(dt, longest) : Math.max(1, stepsOf(period, longest));
  const h = div<Num>(dt, max<Num>(steps, 1)) as Value;
  const half = mul(h, 0.5);
  const sixth = div(h, 6);
  const names = Object.keys(state) as N[];
  const each = <T>(f: (name: N) => T) => Object.fromEntries(names.map((name) => [name, f(name)])) as { [K in N]: T };
  const along = (x: Each<N, Value>, k: Each<N, Num>, scale: Value) => each((name) => add(x[name], mul(scale, k[name])));
  const rounds = typeof steps === "number" ? steps : cast(steps, "int64");
  const carried = repeat(
    rounds,
    names.map((name) => state[name]),
    (values) => {
      const x = each((name) => values[names.indexOf(name)]!);
      const k1 = derivative(x);
      const k2 = derivative(along(x, k1, half));
      const k3 = derivative(along(x, k2, half));
      const k4 = derivative(along(x, k3, h));
      const slopes = each((name) => sum<Num>(k1[name], mul<Num>(2, k2[name]), mul<Num>(2, k3[name]), k4[name]));
      const next = along(x, slopes, sixth);
      const after = afterwards === undefined ? next : afterwards(next);
      return names.map((name) => after[name]);
    },
  );
  return each((name) => carried[names.indexOf(name)]!);
}

/** Makes extended Kalman filters from a user's model of motion and of what is measured. */
import type { Static, TObject, TSchema } from "typebox";
import type { Component } from "../../component.js";
import { type InputValues, type OutputValues, type Port, type PortLike, signal } from "../../ports.js";
import { step } from "../../step.js";
import type { TypedComponent } from "../../typed.js";
import { wrap } from "../angle.js";
import type { Matrix } from "../matrix.js";
import { type Estimate, propagated, updated } from "./gaussian.js";

type Vector = readonly number[];
type Ports = { readonly [port: string]: PortLike };
type Types = { readonly [port: string]: TSchema };

export interface EkfMeasurement<T extends TSchema, P> {
  readonly type: T;
  readonly doc?: string;
  /** The numbers that were measured. */
  readonly z: (message: Static<T>, params: P) => Vector;
  /** What they would be in state `x`, without noise. */
  readonly h: (x: Vector, message: Static<T>, params: P) => Vector;
  /** ∂h/∂x, a row a number; by central differences without it. */
  readonly H?: (x: Vector, message: Static<T>, params: P) => Matrix;
  /** Covariance of their noise. */
  readonly noise: (message: Static<T>, params: P) => Matrix;
  /** Which of them are angles in rad: their innovation is taken the short way round. */
  readonly angles?: readonly number[];
  /** Squared Mahalanobis distance beyond which a measurement is left out. */
  readonly gate?: (params: P) => number;
}

export interface EkfSpec<P extends TObject, U extends Ports, Z extends Types, O extends Ports> {
  /** State with units, motion and measurements in one or two sentences. */
  readonly doc: string;
  readonly params?: P;
  /** What the motion depends on, held from one firing to the next. */
  readonly controls: U;
  readonly measurements: { readonly [K in keyof Z]: EkfMeasurement<Z[K], Static<P>> };
  readonly outputs: O;
  readonly initial: (params: Static<P>) => Estimate;
  /** The state `dt` seconds after `x`. */
  readonly f: (x: Vector, controls: InputValues<U>, dt: number, params: Static<P>) => Vector;
  /** ∂f/∂x, a row a state; by central differences without it. */
  readonly F?: (x: Vector, controls: InputValues<U>, dt: number, params: Static<P>) => Matrix;
  /** Covariance of what the motion adds in `dt` seconds. */
  readonly noise: (x: Vector, controls: InputValues<U>, dt: number, params: Static<P>) => Matrix;
  /** Which states are angles in rad, kept within ±π. */
  readonly angles?: readonly number[];
  readonly output: (estimate: Estimate, params: Static<P>) => OutputValues<O>;
}

interface State extends Estimate {
  readonly controls: unknown;
}

/**
 * An extended Kalman filter as a component: controls and measurements are its inputs.
 *
 * Each firing predicts from the last one under the controls that were held since then, and then corrects by each fresh
 * measurement in the order of declaration. By default it fires on every input, so that none is missed; on a clock it
 * takes the latest of each. Messages count as of the tag at which they arrive.
 *
 * Source: Thrun, Burgard, Fox, *Probabilistic Robotics*, section 3.3.
 *
 * @example
 * export default ekf({
 *   doc: "A falling ball: height m and velocity m/s, from its measured height.",
 *   controls: {},
 *   measurements: { height: { type: Type.Number(), z: (m) => [m], h: ([y]) => [y!], noise: () => [[0.01]] } },
 *   outputs: { height: Type.Number() },
 *   initial: () => ({ mean: [0, 0], covariance: [[1, 0], [0, 1]] }),
 *   f: ([y, v], _, dt) => [y! + v! * dt - 4.9 * dt * dt, v! - 9.8 * dt],
 *   noise: (_x, _u, dt) => [[0, 0], [0, 1e-4 * dt]],
 *   output: ({ mean }) => ({ height: mean[0]! }),
 * });
 */
export function ekf<P extends TObject, U extends Ports, Z extends Types, O extends Ports>(
  spec: EkfSpec<P, U, Z, O>,
): TypedComponent<U & { [K in keyof Z]: Port<Z[K], true> }, O, Static<P>> {
  const { doc, params, controls, outputs, initial, f, noise, angles = [], output } = spec;
  const measurements = Object.entries(spec.measurements) as [string, EkfMeasurement<TSchema, Static<P>>][];
  const heard = measurements.map(([port, { type, doc }]) => [
    port,
    signal(type, { optional: true, ...(doc === undefined ? {} : { doc }) }),
  ]);
  return step<P, Ports, O, State | undefined>({
    doc,
    ...(params === undefined ? {} : { params }),
    inputs: { ...controls, ...Object.fromEntries(heard) },
    outputs,
    state: () => undefined,
    step(inputs, last, { dt, fresh, params: given }) {
      const own = given as Static<P>;
      let estimate: Estimate = last ?? initial(own);
      if (last !== undefined && dt > 0) {
        const u = last.controls as InputValues<U>;
        const { mean: x, covariance: before } = estimate;
        const F = spec.F?.(x, u, dt, own) ?? jacobian((at) => f(at, u, dt, own), x, angles);
        const mean = turned(f(x, u, dt, own), angles);
        estimate = { mean, covariance: propagated(F, before, noise(x, u, dt, own)) };
      }
      for (const [port, { z, h, H, noise, angles: round = [], gate }] of measurements) {
        const message = inputs[port];
        if (message === undefined || !fresh(port)) continue;
        const { mean: x } = estimate;
        const expected = h(x, message, own);
        const measured = z(message, own);
        const innovation = turned(
          expected.map((e, i) => measured[i]! - e),
          round,
        );
        const slope = H?.(x, message, own) ?? jacobian((at) => h(at, message, own), x, round);
        const next = updated(estimate, innovation, slope, noise(message, own), gate?.(own));
        if (next !== undefined) estimate = { mean: turned(next.mean, angles), covariance: next.covariance };
      }
      const held = Object.fromEntries(Object.keys(controls).map((port) => [port, inputs[port]]));
      return { outputs: output(estimate, own), state: { ...estimate, controls: held } };
    },
  }) as Component;
}

/** The vector with its angles within ±π. */
const turned = (x: Vector, angles: readonly number[]): Vector =>
  angles.length === 0 ? x : x.map((v, i) => (angles.includes(i) ? wrap(v) : v));

/** ∂g/∂x by central differences; where `angles` of g wrap, the short way round. */
function jacobian(g: (x: Vector) => Vector, x: Vector, angles: readonly number[]): Matrix {
  const columns = x.map((v, j) => {
    const h = Math.cbrt(Number.EPSILON) * Math.max(1, Math.abs(v));
    const [up, down] = [h, -h].map((d) => g(x.map((w, i) => (i === j ? w + d : w)))) as [Vector, Vector];
    return turned(
      up.map((u, i) => u - down[i]!),
      angles,
    ).map((d) => d / (2 * h));
  });
  return columns[0]!.map((_, i) => columns.map((column) => column[i]!));
}

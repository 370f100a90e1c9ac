/** The integrator of continuous models: classical Runge–Kutta of order 4 with equal steps no longer than a bound. */

/** Steps that one firing may take before the model is taken to be mis-declared. */
const MAX_STEPS = 1_000_000;

/**
 * The state `dt` seconds on, in equal steps of at most `longest` seconds.
 *
 * @example
 * rk4([1], 1, 0.01, ([x]) => [-x]) // [0.36787944…] (e⁻¹)
 */
export function rk4<S extends number[]>(state: S, dt: number, longest: number, derivative: (x: S) => number[]): S {
  if (!(dt > 0)) return state;
  const steps = Math.ceil(dt / longest - 1e-9);
  if (steps > MAX_STEPS) throw new RangeError(`${steps} integrator steps in one firing; at most ${MAX_STEPS}`);
  const h = dt / steps;
  let x = state;
  const along = (k: number[], scale: number) => x.map((v, i) => v + scale * k[i]!) as S;
  for (let n = 0; n < steps; n++) {
    const k1 = derivative(x);
    const k2 = derivative(along(k1, h / 2));
    const k3 = derivative(along(k2, h / 2));
    const k4 = derivative(along(k3, h));
    x = x.map((v, i) => v + (h / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!)) as S;
  }
  return x;
}

/** Whether a call is a tick of the base, and whose clock ticks at it. */
import { add, div, equal, floor, greater, less, mul, round, sub } from "../../onnx/functions.js";
import { scalar } from "../../onnx/tensor.js";
import type { Value } from "../../onnx/value.js";
import type { Clock } from "../clocks.js";
import { type Schedule, ticksOnly } from "../schedule.js";
import { and, type Flag, not } from "./flag.js";
import { type Frame, type Lazy, lazy } from "./frame.js";

export interface Ticks {
  readonly tick: Lazy<Flag>;
  /** Of a clocked node. */
  due(node: string): Flag;
}

const NEVER = -1;

export function createTicks({ now, f64, remember }: Frame, schedule: Schedule): Ticks {
  const { base } = schedule;
  /** The number of the tick that is nearest to now. */
  const number = lazy(() => round(div(sub(now(), f64(base!.phase_ns)), f64(base!.period_ns))));
  const timeOf = ({ period_ns, phase_ns }: Clock, k: Value): Value => {
    if (Number.isInteger(period_ns)) return add(mul(k, f64(period_ns)), f64(phase_ns));
    return add(floor(add(div(mul(k, f64(1e9)), f64(1e9 / period_ns)), f64(0.5))), f64(phase_ns));
  };
  const tick = lazy((): Flag => {
    if (base === undefined) return false;
    if (ticksOnly(schedule)) return true;
    // a message at the very time of a tick, a microstep later, is no second tick
    let last: Value | undefined;
    remember("#called", scalar("float64", NEVER), (was) => {
      last = was;
      return now();
    });
    const begun = base.phase_ns < base.period_ns ? true : not(less(number(), f64(0)));
    return and(equal(now(), timeOf(base, number())), greater(now(), last!), begun);
  });
  return {
    tick,
    due(node) {
      const { every, offset } = schedule.clocks.get(node)!;
      if (every === 1 && offset === 0) return tick();
      const past = sub(number(), f64(offset));
      const left = sub(past, mul(floor(div(past, f64(every))), f64(every)));
      const begun = offset === 0 ? true : not(less(past, f64(0)));
      return and(tick(), begun, every === 1 ? true : equal(left, f64(0)));
    },
  };
}

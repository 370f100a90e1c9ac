/** Angles that wrap. */
import { add, div, mul, type Num, round, sub } from "./arithmetic.js";

/** The angle in [−π, π] that points the same way. */
export const wrap = <T extends Num>(angle: T): T =>
  sub<Num>(angle, mul<Num>(2 * Math.PI, round<Num>(div<Num>(angle, 2 * Math.PI)))) as T;

/** The value nearest to `last` that is the same angle. */
export const unwrap = <T extends Num>(angle: T, last: T): T => add<Num>(last, wrap(sub<Num>(angle, last))) as T;

/** a − b: of angles that wrap the short way round. */
export const differenceOf =
  (wraps: boolean) =>
  <T extends Num>(a: T, b: T): T => {
    const difference = sub<Num>(a, b) as T;
    return wraps ? wrap(difference) : difference;
  };

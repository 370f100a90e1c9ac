/** Messages that bring their own stamp. */

/** A message with a stamp of its own, made by {@link stamped}. */
export class Stamped<M> {
  readonly message: M;
  readonly stamp_ns: number;

  constructor(message: M, stamp_ns: number) {
    this.message = message;
    this.stamp_ns = stamp_ns;
  }
}

/**
 * A message of a stream component with a stamp of its own, in ns; otherwise it has the oldest stamp among the inputs
 * that it came of, and what a timer says has the timer's time.
 *
 * @example
 * stamped(1.5, 20_000_000).stamp_ns // 20_000_000
 */
export const stamped = <M>(message: M, stamp_ns: number): Stamped<M> => new Stamped(message, stamp_ns);

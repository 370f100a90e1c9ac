/** Angles that wrap. */

/** The angle in [−π, π] that points the same way. */
export const wrap = (angle: number): number => angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));

/** The value nearest to `last` that is the same angle. */
export const unwrap = (angle: number, last: number): number => last + wrap(angle - last);

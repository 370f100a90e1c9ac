/** The message types that every graph knows by name. */
import { messageSchemas } from "./normalise.js";
import type { MessageSchema } from "./type.js";

const angle = <const N extends number>(n: N) => ({ tensor: [n], unit: "rad", wraps: true }) as const;
const joints = <const N extends number>(n: N) =>
  ({ position: angle(n), velocity: { tensor: [n], unit: "rad/s" } }) as const;

/** As they are written in files; TypeScript's types of them (`component/messages.ts`) are made from here. */
const written = {
  Scalar: { type: "number" },
  Vector2: { tensor: [2] },
  Vector3: { tensor: [3] },
  Vector6: { tensor: [6] },
  Vector7: { tensor: [7] },
  JointState2: joints(2),
  JointState6: joints(6),
  JointState7: joints(7),
  Pose2: {
    position: { tensor: [2], unit: "m" },
    heading: { type: "number", unit: "rad", wraps: true },
  },
  Twist2: {
    linear: { tensor: [2], unit: "m/s" },
    angular: { type: "number", unit: "rad/s" },
  },
} as const;

export type WrittenBuiltins = typeof written;

/** Named message types in canonical form. */
export const builtinTypes: { readonly [name: string]: MessageSchema } = messageSchemas(written, () => undefined);

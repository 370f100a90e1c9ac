/** What can be wrong where comparable ports, or recordings of them, are held against each other. */
import { error } from "../entry.js";

export const consensus = {
  L0760: error<Record<string, never>>(
    2,
    "consensus without rows",
    () => ({
      message: "`consensus` compares ports in one row, and `rows: asof` records every message by itself",
      help: "Leave `rows` out. Ports that do not speak at the same time: put one into `outputs` and the others, whose last value is read, into `inputs`.",
    }),
    "Ports are compared in rows: at each tag at which all `outputs` have a new value, with the last values of the `inputs`. Recordings of every message are compared after the fact: `limbeck recording filter A B --asof nearest --within 5ms`.",
  ),
  L0761: error<{ a: string; b: string; reason: string }>(
    2,
    "ports that cannot be compared",
    (a) => ({
      message: `\`${a.a}\` and \`${a.b}\` cannot be compared: ${a.reason}`,
      help: "Name a field of each that is alike: `joints:position`.",
    }),
    "Ports of one group have the same type: the same fields, shapes, kinds of numbers and choices, and units that mean the same. Names of types may differ.",
  ),
  L0762: error<{ field: string; types: readonly string[] }>(
    2,
    "tolerance for what is not compared",
    (a) => ({
      message: `there is a tolerance for \`${a.field}\`, and no compared port has it`,
      help: `Compared are ${a.types.join("; ")}. Fields are \`velocity\`, elements \`position[0]\`, or \`[0]\` where the message is a tensor.`,
    }),
    "A tolerance under `fields` holds for that part of the message and what is below it. A quaternion is compared as one and has no tolerance for its elements.",
  ),
} as const;

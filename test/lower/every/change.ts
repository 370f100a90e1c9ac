/** What `mode` tells and `tally` hears. */
import { event, Type, tensor } from "limbeck";

export const Mode = Type.Enum(["off", "slow", "fast"]);

export const change = event(
  Type.Object({ from: Mode, to: Mode, at: Type.Number(), n: Type.Integer(), pair: tensor([2], { dtype: "float32" }) }),
);

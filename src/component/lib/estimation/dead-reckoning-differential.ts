/** Dead reckoning of a robot on two driven wheels. */
import Type from "typebox";
import type { Value } from "../../../onnx/value.js";
import { tensor } from "../../ports.js";
import { differential, differentialParams } from "../drive/drive.js";
import { parts } from "../parts.js";
import { deadReckoning } from "./dead-reckoning.js";

export default deadReckoning({
  doc: "Pose of the middle of the axle from the speeds of the two wheels (rad/s, left and right).",
  params: Type.Object(differentialParams),
  port: "wheels",
  type: tensor([2], { unit: "rad/s" }),
  motion(params, wheels) {
    const [left, right] = parts(wheels) as [Value, Value];
    return differential(params, left, right);
  },
});

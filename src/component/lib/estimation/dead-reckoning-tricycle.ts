/** Dead reckoning of a robot that drives and steers with its front wheel. */
import Type from "typebox";
import { Drive, tricycle, tricycleParams } from "../drive/drive.js";
import { deadReckoning } from "./dead-reckoning.js";

export default deadReckoning({
  doc: "Pose of the middle of the rear axle from the speed along the front wheel (m/s) and its angle (rad).",
  params: Type.Object(tricycleParams),
  port: "drive",
  type: Drive,
  motion: tricycle,
});

/** What the kinds of dead reckoning share: a motion, held until the next, along arcs. */
import Type, { type Static, type TObject, type TSchema } from "typebox";
import type { Value } from "../../../onnx/value.js";
import type { Component } from "../../component.js";
import type { Symbolic } from "../../tensor/symbolic.js";
import { tensorStep } from "../../tensor/tensor.js";
import type { TypedComponent } from "../../typed.js";
import { alongArc, type Motion, Pose2, poseMessage, poseParam } from "../drive/drive.js";
import { allFinite, kept } from "../finite.js";

export interface DeadReckoningSpec<P extends TObject, N extends string, T extends TSchema> {
  readonly doc: string;
  readonly params: P;
  /** What is measured, and the port that it comes in by. */
  readonly port: N;
  readonly type: T;
  readonly motion: (params: Static<P>, message: Symbolic<T>) => Motion<Value>;
}

/** A component that adds up motions from `pose0` on. */
export function deadReckoning<P extends TObject, N extends string, T extends TSchema>(
  spec: DeadReckoningSpec<P, N, T>,
): TypedComponent<{ [K in N]: T }, { pose: typeof Pose2 }, Static<P> & { pose0: number[] }> {
  return tensorStep({
    doc: `${spec.doc} Each measurement holds until the next firing, and one that is not finite counts as lost; between two firings the robot moves along an arc, exactly. Errors add up without bound. Source: Siegwart, Nourbakhsh, Scaramuzza, Introduction to Autonomous Mobile Robots, section 5.2.`,
    params: Type.Object({ ...spec.params.properties, pose0: poseParam }),
    inputs: { [spec.port]: spec.type },
    outputs: { pose: Pose2 },
    state(params) {
      const [x, y, heading] = (params as { pose0: number[] }).pose0 as [number, number, number];
      return { x, y, heading, speed: 0, turn: 0 };
    },
    step(inputs, { x, y, heading, ...last }, { dt, params }) {
      // at rest before the first firing, at which no time has passed either
      const [nextX, nextY, nextHeading] = alongArc([x, y, heading], last, dt);
      const pose = { x: nextX, y: nextY, heading: nextHeading };
      const told = spec.motion(params as Static<P>, inputs[spec.port] as Symbolic<T>);
      const motion = kept(allFinite([told.speed, told.turn]), { ...told }, last);
      return { outputs: { pose: poseMessage([nextX, nextY, nextHeading]) }, state: { ...pose, ...motion } };
    },
  }) as Component;
}

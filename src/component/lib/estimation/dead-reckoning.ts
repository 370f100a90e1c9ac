/** What the kinds of dead reckoning share: a motion, held until the next, along arcs. */
import Type, { type Static, type TObject, type TSchema } from "typebox";
import type { Component } from "../../component.js";
import { signal } from "../../ports.js";
import { step } from "../../step.js";
import type { TypedComponent } from "../../typed.js";
import { alongArc, type Motion, type Pose, Pose2, poseMessage, poseParam } from "../drive/drive.js";
import { isFiniteState } from "../finite.js";

export interface DeadReckoningSpec<P extends TObject, N extends string, T extends TSchema> {
  readonly doc: string;
  readonly params: P;
  /** What is measured, and the port that it comes in by. */
  readonly port: N;
  readonly type: T;
  readonly motion: (params: Static<P>, message: Static<T>) => Motion;
}

interface State {
  readonly pose: Pose;
  readonly motion: Motion;
}

/** A component that adds up motions from `pose0` on. */
export function deadReckoning<P extends TObject, N extends string, T extends TSchema>(
  spec: DeadReckoningSpec<P, N, T>,
): TypedComponent<{ [K in N]: T }, { pose: typeof Pose2 }, Static<P> & { pose0: number[] }> {
  return step<TObject, { [port: string]: ReturnType<typeof signal> }, { pose: typeof Pose2 }, State | undefined>({
    doc: `${spec.doc} Each measurement holds until the next firing, and one that is not finite counts as lost; between two firings the robot moves along an arc, exactly. Errors add up without bound. Source: Siegwart, Nourbakhsh, Scaramuzza, Introduction to Autonomous Mobile Robots, section 5.2.`,
    params: Type.Object({ ...spec.params.properties, pose0: poseParam }),
    inputs: { [spec.port]: signal(spec.type) },
    outputs: { pose: Pose2 },
    state: () => undefined,
    step(inputs, last, { dt, params }) {
      const own = params as Static<P> & { pose0: number[] };
      const pose = last === undefined ? (own.pose0 as unknown as Pose) : alongArc(last.pose, last.motion, dt);
      const told = spec.motion(own, inputs[spec.port] as Static<T>);
      const motion = isFiniteState(told) ? told : (last?.motion ?? { speed: 0, turn: 0 });
      return { outputs: { pose: poseMessage(pose) }, state: { pose, motion } };
    },
  }) as Component;
}

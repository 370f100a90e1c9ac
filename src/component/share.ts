/** Who drives: what the rule `share` puts between a node and its readers, and the draw that both sides abide by. */
import Type from "typebox";
import type { MessageSchema } from "../message/type.js";
import { anyType } from "./lib/any.js";
import { signal } from "./ports.js";
import { genericStep } from "./step.js";

/** Passes on the stand-in's value where it is its turn. */
export const SHARE = "share";
/** Draws whose turn it is, once a firing. */
export const TURN = "turn";

export const turn = genericStep({
  doc: "True in a share of its firings, each drawn by itself: whether the stand-in drives.",
  params: Type.Object({ share: Type.Number({ minimum: 0, maximum: 1, examples: [0.5] }) }),
  ports: (_, { teacher }) => ({
    inputs: { teacher: teacher === undefined ? anyType : Type.Unsafe<MessageSchema>(teacher) },
    outputs: { student: Type.Boolean() },
  }),
  random: true,
  step: (_, __, { params, rng }) => ({ outputs: { student: rng.uniform() < params.share } }),
});

export const share = genericStep({
  doc: "The stand-in's value where it is its turn and it has one, else the node's own.",
  ports(_, { value }) {
    const type = value === undefined ? anyType : Type.Unsafe<MessageSchema>(value);
    return {
      inputs: { value: type, student: signal(type, { optional: true }), turn: Type.Boolean() },
      outputs: value === undefined ? {} : { value: type },
    };
  },
  step: ({ value, student, turn }, _, { fresh }) => ({
    outputs: { value: turn === true && student !== undefined && fresh("student") ? student : value },
  }),
});

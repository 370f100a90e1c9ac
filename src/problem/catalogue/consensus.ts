/** What can be wrong where comparable ports, or recordings of them, are held against each other. */
import { error } from "../entry.js";
import { list, meantOr } from "./words.js";

export const consensus = {
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
  L0763: error<{ ref: string; reason: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "which port of the recordings",
    (a) => ({
      message: `\`${a.ref}\`: ${a.reason}`,
      help: meantOr(a.nearest, a.known, "There are", "They hold no ports."),
    }),
    "Ports are named as in their recording. Where recordings of different runs have a port of one name, the recording's own name stands before it: `before-0001/controller.torque`. A port that several recordings have, named alone, is compared in all of them.",
  ),
  L0764: error<{ refs: readonly string[]; outputs: readonly string[] }>(
    2,
    "nothing to compare",
    (a) => ({
      message:
        a.refs.length > 0
          ? `${list(a.refs)} is in one recording only`
          : "it is not clear which ports are to be compared",
      help: `Name two or more that are alike: \`--ports a.x,b.x\`. Outputs are ${list(a.outputs, "none")}.`,
    }),
    "Left to itself, a filter compares outputs of one name in several recordings; if there are none, all outputs, as long as they are of one type.",
  ),
  L0765: error<{ recording: string; tag_ns: number; after_ns: number }>(
    1,
    "a recording not in the order of its tags",
    (a) => ({
      message: `${a.recording} has a message of ${a.tag_ns} ns after one of ${a.after_ns} ns`,
      help: "Join by stamp instead: `--asof 5ms --direction nearest`.",
    }),
    "What a run records comes in the order of its tags, and recordings are joined by tag while they are read. One that goes back (of another program, or put together by hand) can be joined by stamp, which takes messages in any order.",
  ),
  L0766: error<{ what: string; limit: number }>(
    1,
    "too much to join by stamp",
    (a) => ({
      message: `more than ${a.limit} ${a.what} would have to be held to join these recordings by stamp`,
      help: "Filter shorter recordings, leave large ports out (`--only`), or join by tag.",
    }),
    "To join by stamp, a number is kept for each message, and messages wait for their row: few where recordings are about in the order of their stamps, many where one has all of its messages before or after the other's.",
  ),
} as const;

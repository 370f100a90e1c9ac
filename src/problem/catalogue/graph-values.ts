/** L02: message types at both ends of a connection, and values written into the graph. */
import { didYouMean, error, warning } from "../entry.js";
import { meantOr } from "./words.js";

export const graphValues = {
  L0206: error<{ name: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown message type",
    (a) => ({
      message: `there is no message type \`${a.name}\``,
      help: meantOr(a.nearest, a.known, "There are", "Declare it under `messages:`."),
    }),
    `Message types are declared under \`messages:\` in the graph file, in \`schemas/\`, or come with Limbeck.

\`\`\`yaml
streams: {in: {joints: {message: JointStat2}}}    # fails
streams: {in: {joints: {message: JointState2}}}   # mended
\`\`\``,
  ),
  L0207: error<{ ref: string; field: string; type: string; nearest?: string | undefined }>(
    1,
    "unknown field",
    (a) => ({
      message: `\`${a.ref}\` asks for \`${a.field}\`, and its message is ${a.type}`,
      help: didYouMean(a.nearest) || "Name a field of the message, or leave out `:` and what follows for all of it.",
    }),
    `Behind \`:\` stands a field of the message: \`joints:velocity\`, \`pose:position[0]\`.

\`\`\`yaml
in: {velocity: "joints:speed"}      # fails
in: {velocity: "joints:velocity"}   # mended
\`\`\``,
  ),
  L0208: error<{ from: string; gives: string; to: string; takes: string; difference: string }>(
    1,
    "types that do not fit",
    (a) => ({
      message: `\`${a.from}\` gives ${a.gives}, and \`${a.to}\` takes ${a.takes}`,
      help: `They differ${a.difference}.`,
    }),
    `The two ends of a connection have the same structure: fields, shapes and dtypes. Names of message types do not count; units that disagree are told apart (L0250).

Often one field of the message is meant:

\`\`\`yaml
in: {value: joints}              # fails where value is a tensor and joints is {position, velocity}
in: {value: "joints:position"}   # mended
\`\`\``,
  ),
  L0215: error<{ what: string; type: string; reason: string }>(
    1,
    "value that does not fit its type",
    (a) => `${a.what} is no ${a.type}: ${a.reason}`,
    `Values written into the graph (\`initial\`, \`safe\`, \`missing: {default: …}\`) are messages of the port's type, with tensors written as lists.

\`\`\`yaml
torque: {message: Vector2, from: controller.torque, initial: 0}        # fails
torque: {message: Vector2, from: controller.torque, initial: [0, 0]}   # mended
\`\`\``,
  ),
  L0221: warning<{ name: string }>(
    "message type that nothing uses",
    (a) => ({
      message: `no stream uses message type \`${a.name}\``,
      help: "Use it as a stream's `message`, or remove it.",
    }),
    "A type declared under `messages:` is used by the `message:` of a stream, or by another type that is. This one is not, which often means that a stream names another type by mistake.",
  ),
  L0227: error<{ ref: string }>(
    1,
    "type that cannot be told",
    (a) => ({
      message: `the type of \`${a.ref}\` depends on itself, around a loop`,
      help: "Bring the loop through a stream, whose `message` states the type, or use a component that declares its types.",
    }),
    "Some components give out what they are given (a delay line, a filter). In a loop made of such components only, no type is stated anywhere. Passing the value through an out-stream with a `message` states it.",
  ),
  L0229: error<{ node: string; key: string; port: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "value for an unknown output",
    (a) => ({
      message: `\`${a.key}\` of \`${a.node}\` names \`${a.port}\`, which is no output of it`,
      help: meantOr(a.nearest, a.ports, "Its outputs are", "It has no outputs."),
    }),
    `\`safe\` and \`initial\` of a node are values of its output ports. The first value of a delayed input stands at that input.

\`\`\`yaml
safe: {torqe: [0, 0]}    # fails
safe: {torque: [0, 0]}   # mended
\`\`\``,
  ),
  L0231: error<{ what: string; found: string }>(
    1,
    "not a range",
    (a) => ({
      message: `${a.what} is two finite numbers, the lower first, and not ${a.found}`,
      help: "Write e.g. `range: [-10, 10]`.",
    }),
    `\`contract.range\` bounds every number in a stream's messages, from the lowest to the highest allowed.

\`\`\`yaml
contract: {range: [10, -10]}   # fails
contract: {range: [-10, 10]}   # mended
\`\`\``,
  ),
} as const;

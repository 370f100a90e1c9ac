/** L02: who reads what: references, ports, the boundary between system and world. */
import { error, warning } from "../entry.js";
import { list, meantOr } from "./words.js";

export const graphWiring = {
  L0203: error<{ ref: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "reference to nothing",
    (a) => ({
      message: `\`${a.ref}\` names neither a stream nor a node`,
      help: meantOr(a.nearest, a.known, "There are", "The graph has no streams and no nodes yet."),
    }),
    `A reference is the id of a stream (\`joints\`), or a node and one of its output ports (\`controller.torque\`), either with \`:field\` behind it for one field of the message.

\`\`\`yaml
in: {joints: jonts}    # fails
in: {joints: joints}   # mended
\`\`\``,
  ),
  L0204: error<{ node: string; port: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown output port",
    (a) => ({
      message: `\`${a.node}\` has no output \`${a.port}\``,
      help: meantOr(a.nearest, a.ports, `The outputs of \`${a.node}\` are`, `\`${a.node}\` has no outputs.`),
    }),
    `The component behind the node has no output port of this name.

\`\`\`yaml
from: controller.torqe    # fails
from: controller.torque   # mended
\`\`\``,
  ),
  L0205: error<{
    node: string;
    component: string;
    port: string;
    ports: readonly string[];
    nearest?: string | undefined;
  }>(
    1,
    "unknown input port",
    (a) => ({
      message: `\`${a.component}\` has no input \`${a.port}\``,
      help: meantOr(a.nearest, a.ports, "Its inputs are", "It has no inputs."),
    }),
    `The keys under \`in:\` are the component's input ports. In a list, a port has the name of what it reads; write \`port: reference\` where the names differ.

\`\`\`yaml
in: [encoder]            # fails when the port is called joints
in: {joints: encoder}    # mended
\`\`\``,
  ),
  L0209: error<{ node: string; port: string; type: string; candidates: readonly string[] }>(
    1,
    "input not connected",
    (a) => ({
      message: `input \`${a.port}\` of \`${a.node}\` is not connected`,
      help: `It takes ${a.type}${a.candidates.length === 0 ? "" : `, which ${list(a.candidates.slice(0, 4), "")} ${a.candidates.length === 1 ? "gives" : "give"}`}.`,
    }),
    `The component cannot fire without this input. Inputs that a component can do without are declared optional by it.

\`\`\`yaml
controller: {component: control/pd, in: [target]}           # fails
controller: {component: control/pd, in: [target, joints]}   # mended
\`\`\``,
  ),
  L0210: warning<{ id: string; ports: readonly string[]; stream: boolean }>(
    "nobody reads this",
    (a) => ({
      message: a.stream
        ? `nobody reads stream \`${a.id}\``
        : `nobody reads ${list(
            a.ports.map((p) => `${a.id}.${p}`),
            "",
          )}`,
      help: "Connect it, measure it under `evaluate`, record it, or leave it if that is meant.",
    }),
    `What nobody reads has no effect. That may be meant, and is then harmless; more often a connection was forgotten. A port counts as read when a node or stream reads it, a metric compares it, or a rewrite names it.`,
  ),
  L0216: error<{ reader: string; ref: string; streams: readonly string[] }>(
    1,
    "reading across the boundary",
    (a) => ({
      message: `\`${a.reader}\` reads \`${a.ref}\` in the world`,
      help:
        a.streams.length === 0
          ? `Cross the boundary with a stream: declare an in-stream with \`simulate: ${a.ref}\`, and read that.`
          : `Cross the boundary with a stream: read ${list(a.streams, "")}.`,
    }),
    `The world is absent when the graph runs live. What a node knows of it, it knows through an in-stream, which has a real source then.

\`\`\`yaml
nodes: {controller: {component: control/pd, in: {joints: arm.joints}}}   # fails
\`\`\`
\`\`\`yaml
streams: {in: {joints: {message: JointState2, simulate: arm.joints}}}
nodes: {controller: {component: control/pd, in: [joints]}}               # mended
\`\`\``,
  ),
  L0217: error<{ reader: string; ref: string; streams: readonly string[] }>(
    1,
    "world reading what does not reach it",
    (a) => ({
      message: `\`${a.reader}\` is in the world and reads \`${a.ref}\`, which does not leave the computer`,
      help:
        a.streams.length === 0
          ? `Send it out: declare an out-stream with \`from: ${a.ref}\`, and read that.`
          : `Read the out-stream ${list(a.streams, "")}.`,
    }),
    `Only out-streams reach the world; in-streams come from it. A plant that read a node directly could not be replaced by the real one.

\`\`\`yaml
world: {arm: {component: sim/two-link-arm, in: {torque: controller.torque}}}   # fails
\`\`\`
\`\`\`yaml
streams: {out: {torque: {message: Vector2, from: controller.torque}}}
world: {arm: {component: sim/two-link-arm, in: [torque]}}                      # mended
\`\`\``,
  ),
  L0218: error<{ stream: string; ref: string; key: "simulate" | "from"; expected: string }>(
    1,
    "stream with a source of the wrong side",
    (a) => ({
      message: `\`${a.key}: ${a.ref}\` of stream \`${a.stream}\` is not ${a.expected}`,
      help:
        a.key === "simulate"
          ? "In simulation the world feeds in-streams: name `node.port` under `world`."
          : "Name `node.port` under `nodes`, or an in-stream to pass on.",
    }),
    `In simulation an in-stream is fed by a port in the world. An out-stream sends what a node gives, or passes an in-stream on.

\`\`\`yaml
streams: {in: {joints: {message: JointState2, simulate: controller.torque}}}   # fails
streams: {in: {joints: {message: JointState2, simulate: arm.joints}}}          # mended
\`\`\``,
  ),
  L0219: error<{ ref: string; stream: boolean; id: string; ports: readonly string[] }>(
    1,
    "reference that is not whole",
    (a) => ({
      message: a.stream
        ? `\`${a.id}\` is a stream and has no ports`
        : `\`${a.ref}\` is a node; what is read is one of its ports`,
      help: a.stream
        ? `Write \`${a.id}\`, or \`${a.id}:field\` for a field of its message.`
        : meantOr(
            a.ports.length === 1 ? `${a.id}.${a.ports[0]}` : undefined,
            a.ports.map((p) => `${a.id}.${p}`),
            "There are",
            "It has no outputs.",
          ),
    }),
    `A stream is named by its id alone, a port by \`node.port\`.

\`\`\`yaml
from: controller          # fails
from: controller.torque   # mended
\`\`\``,
  ),
  L0220: warning<{ stream: string }>(
    "in-stream without a source",
    (a) => ({
      message: `in-stream \`${a.stream}\` has neither \`simulate\` nor \`live\``,
      help: "Say where it comes from: `simulate: node.port` for simulation, `live: ADDRESS` for real.",
    }),
    `Nothing will ever arrive on this stream, unless a log is replayed into it.

\`\`\`yaml
joints: {message: JointState2}                         # warns
joints: {message: JointState2, simulate: arm.joints}   # mended
\`\`\``,
  ),
  L0228: error<{ ref: string }>(
    1,
    "not a reference",
    (a) => ({
      message: `\`${a.ref}\` is not a reference`,
      help: "Write a stream (`joints`), or a node and its port (`controller.torque`); `:field` behind it takes one field.",
    }),
    `A reference is made of names with \`.\`, \`:\` and \`/\` between them, without spaces.

\`\`\`yaml
from: controller torque   # fails
from: controller.torque   # mended
\`\`\``,
  ),
} as const;

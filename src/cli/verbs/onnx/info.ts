/** `limbeck onnx info FILE`: what an ONNX file holds, and what of it would be refused, and why. */
import { toJson } from "../../../problem/print.js";
import type { OnnxFileInfo } from "../../../project/onnx.js";
import { exit } from "../../exit.js";
import { facts } from "../../facts.js";
import type { Style } from "../../style.js";
import { table } from "../../table.js";
import type { Verb } from "../../verb.js";

export const info: Verb = {
  name: "info",
  summary: "what an ONNX file holds: inputs, outputs, ops, weights; what would be refused, and why",
  examples: [
    ["limbeck onnx info policy.onnx", "its ports, its ops with their counts, its metadata"],
    ["limbeck onnx info export.onnx --json", "the same, with every reason to refuse it, for programs"],
  ],
  declare: (command) => command.argument("<file>", "an ONNX file"),
  async run(context, _options, [file]) {
    const { output } = context;
    const { describeOnnx } = await context.limbeck();
    const found = await describeOnnx(file as string);
    if (output.json) output.value({ ...found, refused: toJson(found.refused), warnings: toJson(found.warnings) });
    else output.data(shown(found, output.style));
    output.problems([...found.refused, ...found.warnings]);
    return found.refused.length > 0 ? exit.doesNotHold : exit.done;
  },
};

const many = (n: number): string => n.toLocaleString("en");

/** Metadata are often whole documents: the table shows how they begin. */
const MAX_SHOWN = 80;
const brief = (value: string): string => {
  const line = value.replace(/\s+/g, " ");
  return line.length <= MAX_SHOWN ? line : `${line.slice(0, MAX_SHOWN)}… (${many(value.length)} characters)`;
};

function shown(found: OnnxFileInfo, style: Style): string {
  const { refused } = found;
  const domains = Object.entries(found.domains).map(([domain, version]) => `, ${domain} ${version}`);
  const about = facts(
    [
      ["model", `${style.bold(found.file)}${found.name === "" ? "" : `, graph ${found.name}`}`],
      ["producer", found.producer || undefined],
      ["opset", `${found.opset ?? "not named"}${domains.join("")} (IR version ${found.ir_version})`],
      ["parameters", many(found.parameters)],
      [
        "functions",
        found.functions.length === 0 ? undefined : `${many(found.functions.length)}, put in where they are called`,
      ],
      ["SHA-256", `${found.sha256} (${many(found.bytes)} bytes)`],
      ["outside", found.outside.length === 0 ? undefined : `weights in ${found.outside.join(", ")}`],
      ...Object.entries(found.metadata).map(([key, value]) => [`metadata ${key}`, brief(value)] as const),
      ["refused", refused.length === 0 ? "no" : `for ${many(refused.length)} reason${refused.length > 1 ? "s" : ""}`],
    ],
    style,
  );
  const ports = table(
    [{ title: "port" }, { title: "role" }, { title: "dtype" }, { title: "shape" }],
    [
      ...found.inputs.map((value) => ({ value, role: "input" })),
      ...found.outputs.map((value) => ({ value, role: "output" })),
    ].map(({ value, role }) => ({
      cells: [value.name, role, value.type, value.shape === undefined ? undefined : `[${value.shape.join(", ")}]`],
    })),
    style,
  );
  const ops = table(
    [{ title: "op" }, { title: "nodes" }, { title: "can be merged" }, { title: "has a gradient" }],
    found.ops.map(({ op, domain, count, known, gradient }) => ({
      cells: [
        domain === undefined ? op : `${domain}.${op}`,
        count,
        known ? "yes" : "no, only run",
        known ? (gradient ? "yes" : "no") : undefined,
      ],
    })),
    style,
  );
  if (found.functions.length === 0) return `${about}\n${ports}\n${ops}`;
  const functions = table(
    [{ title: "function" }, { title: "nodes" }, { title: "calls" }],
    found.functions.map(({ name, domain, overload, nodes, calls }) => ({
      cells: [[domain, name, overload].filter((part) => part !== undefined).join("."), nodes, calls],
    })),
    style,
  );
  return `${about}\n${ports}\n${ops}\n${functions}`;
}

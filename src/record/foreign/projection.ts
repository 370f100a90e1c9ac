/**
 * What a mapping takes from a foreign message: fields by their paths, side by side or under new names, with the units
 * that the mapping declares.
 *
 *   {speed: {field: v, unit: km/h}, position: [x, y]}  →  value => ({speed: value.v, position: [value.x, value.y]})
 */
import { pathTo } from "../../problem/path.js";
import { type Problem, problem } from "../../problem/problem.js";
import { expandRange, type Field, findField, isField } from "./field.js";
import { type ForeignType, numberOf, objectOf, UNKNOWN, withUnit } from "./type.js";

/** As a mapping writes it; `path` leads to the part in the mapping. */
export type FieldSpec =
  | {
      readonly kind: "leaf";
      readonly field: string;
      readonly unit?: string;
      readonly as?: "yaw";
      readonly path: string;
    }
  | { readonly kind: "list"; readonly items: readonly FieldSpec[]; readonly path: string }
  | { readonly kind: "object"; readonly fields: ReadonlyMap<string, FieldSpec>; readonly path: string };

/** The message whole. */
export const whole = (type: ForeignType): Field => ({ type, read: (value) => value });

/**
 * Compiles a mapping's fields.
 *
 * @param of what the fields are looked for in, for problems: ``topic `/odom` ``
 * @example
 * const spec = { kind: "leaf", field: "v", unit: "km/h", path: "/fields" } as const;
 * project(spec, objectOf([["v", numberOf("float64")]]), "the table", []).read({ v: 3 }) // 3
 */
export function project(spec: FieldSpec, type: ForeignType, of: string, problems: Problem[]): Field {
  switch (spec.kind) {
    case "leaf": {
      const range = expandRange(spec.field);
      const known = isField(findField(type, spec.field));
      if (range === undefined || known || spec.as !== undefined) return leaf(spec, type, of, problems);
      const items = range.map((field) => ({ ...spec, field }));
      return project({ kind: "list", items, path: spec.path }, type, of, problems);
    }
    case "list": {
      const items = spec.items.map((item) => project(item, type, of, problems));
      return {
        type: { kind: "tuple", items: items.map((item) => item.type) },
        read: (value) => items.map((item) => item.read(value)),
      };
    }
    case "object": {
      const fields = [...spec.fields].map(([name, inner]) => [name, project(inner, type, of, problems)] as const);
      return {
        type: objectOf(fields.map(([name, field]) => [name, field.type])),
        read(value) {
          const object: { [name: string]: unknown } = {};
          for (const [name, field] of fields) object[name] = field.read(value);
          return object;
        },
      };
    }
  }
}

type Leaf = Extract<FieldSpec, { kind: "leaf" }>;

function leaf(spec: Leaf, type: ForeignType, of: string, problems: Problem[]): Field {
  const found = findField(type, spec.field);
  const path = spec.path;
  if (!isField(found)) {
    const { step, known, nearest } = found;
    const inside = found.of === "" ? of : `\`${found.of}\` of ${of}`;
    problems.push(problem("L0742", { field: step, of: inside, known, nearest }, { path }));
    return { type: UNKNOWN, read: () => undefined };
  }
  if (spec.as === undefined) return { type: withUnit(found.type, spec.unit), read: found.read };
  const missing = QUATERNION.find((part) => !isField(findField(found.type, part)));
  if (missing !== undefined) {
    const known = found.type.kind === "object" ? [...found.type.fields.keys()] : [];
    problems.push(
      problem("L0742", { field: missing, of: `\`${spec.field}\` of ${of}`, known }, { path: pathTo(path, "field") }),
    );
  }
  return { type: withUnit(numberOf("float64"), "rad"), read: (value) => yawOf(found.read(value)) };
}

const QUATERNION = ["x", "y", "z", "w"] as const;

/** The rotation about z of a unit quaternion (the Z of its ZYX Euler angles), in radians. */
function yawOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const { x, y, z, w } = value as { readonly [part: string]: unknown };
  if (![x, y, z, w].every((part) => typeof part === "number")) return undefined;
  const [qx, qy, qz, qw] = [x, y, z, w] as [number, number, number, number];
  return Math.atan2(2 * (qw * qz + qx * qy), 1 - 2 * (qy * qy + qz * qz));
}

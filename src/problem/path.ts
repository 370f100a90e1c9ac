/** IR paths: JSON pointers into a graph (`/nodes/controller/in/joints`), made and read in one place. */

/**
 * `base` with segments appended, each escaped.
 *
 * @example
 * pathTo("/nodes", "arm", "in", "torque") // "/nodes/arm/in/torque"
 */
export function pathTo(base: string, ...segments: readonly (string | number)[]): string {
  return base + segments.map((s) => `/${String(s).replace(/~/g, "~0").replace(/\//g, "~1")}`).join("");
}

/**
 * The segments of a path, unescaped: the inverse of `pathTo("", …)`.
 *
 * @example
 * segmentsOf("/nodes/arm/in/torque") // ["nodes", "arm", "in", "torque"]
 */
export function segmentsOf(path: string): string[] {
  if (path === "") return [];
  return path
    .slice(1)
    .split("/")
    .map((s) => s.replace(/~1/g, "/").replace(/~0/g, "~"));
}

/** Python interpreters that have what a test reads with: the one on the path, then Debian's. */
import { execFileSync, spawnSync } from "node:child_process";

const CANDIDATES = ["python3", "/usr/bin/python3"];

/**
 * The first interpreter that imports these modules. Without one a test is skipped; in CI that is an error.
 *
 * @example
 * const python = pythonWith("numpy");
 * test.skipIf(python === undefined)("numpy opens it", () => runPython(python!, "import numpy; print(1)"));
 */
export function pythonWith(...modules: readonly string[]): string | undefined {
  const found = CANDIDATES.find(
    (python) => spawnSync(python, ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" }).status === 0,
  );
  if (found === undefined && process.env.CI === "true")
    throw new Error(`no python3 has ${modules.join(" and ")}, which CI needs`);
  return found;
}

/** What a program prints, as JSON. */
export const runPython = <T>(python: string, code: string, args: readonly string[] = []): T =>
  JSON.parse(execFileSync(python, ["-c", code, ...args], { encoding: "utf8", maxBuffer: 2 ** 26 })) as T;

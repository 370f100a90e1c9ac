/**
 * Starts a worker thread or a process on a module of ours, from the compiled package and from TypeScript sources alike.
 *
 * Compiled, the module is the `.js` beside its caller. From sources (tests, `jiti`) Node cannot load the `.ts` itself,
 * so it starts on one line that loads it through `jiti`, which keeps what it compiled.
 */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Worker, type WorkerOptions } from "node:worker_threads";

/** A thread that runs `module` (named without its ending, relative to `caller`, an `import.meta.url`) with `data`. */
export function startThread(
  module: string,
  caller: string,
  data: unknown,
  options: Omit<WorkerOptions, "workerData" | "eval"> = {},
): Worker {
  const code = loading(module, caller);
  const entry =
    code === undefined ? compiled(module, caller) : new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  return new Worker(entry, { ...options, workerData: data });
}

/** The words behind `node` that run `module` in a process. */
export function programOf(module: string, caller: string): string[] {
  const code = loading(module, caller);
  return code === undefined ? [fileURLToPath(compiled(module, caller))] : ["--input-type=module", "--eval", code];
}

const compiled = (module: string, caller: string): URL => new URL(`${module}.js`, caller);

/** The line that loads a module from sources; undefined where it is compiled. */
function loading(module: string, caller: string): string | undefined {
  if (!caller.endsWith(".ts")) return undefined;
  const jiti = pathToFileURL(createRequire(caller).resolve("jiti")).href;
  const entry = new URL(`${module}.ts`, caller).href;
  return `
    import jiti from ${JSON.stringify(jiti)};
    await jiti.createJiti(${JSON.stringify(entry)}, { interopDefault: false }).import(${JSON.stringify(entry)});`;
}

/**
 * Starts a worker thread on a module of ours, from the compiled package and from TypeScript sources alike.
 *
 * Compiled, the module is the `.js` beside its caller. From sources (tests, `jiti`) Node cannot load the `.ts` itself,
 * so the thread starts on one line that loads it through `jiti`, which keeps what it compiled.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** A thread that runs `module` (named without its ending, relative to `caller`, an `import.meta.url`) with `data`. */
export function startThread(module: string, caller: string, data: unknown): Worker {
  if (!caller.endsWith(".ts")) return new Worker(new URL(`${module}.js`, caller), { workerData: data });
  const jiti = pathToFileURL(createRequire(caller).resolve("jiti")).href;
  const entry = new URL(`${module}.ts`, caller).href;
  const start = `
    import jiti from ${JSON.stringify(jiti)};
    await jiti.createJiti(${JSON.stringify(entry)}, { interopDefault: false }).import(${JSON.stringify(entry)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(start)}`), { workerData: data });
}

/** `npm run demo`: the main job on the example arm, exactly as a user would type it. */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const words = ["distill", "graphs/arm-reach.graph.yaml", "--nodes", "ik,gravity,controller", "--as", "reach"];

process.stderr.write(`$ npx limbeck ${words.join(" ")}\n\n`);
const child = spawn(process.execPath, [join(root, "bin", "limbeck.js"), ...words], { cwd: root, stdio: "inherit" });
// Ctrl-C reaches the whole process group: the command decides how to end, this script only waits for it.
process.on("SIGINT", () => {});
child.on("exit", (code) => process.exit(code ?? 130));

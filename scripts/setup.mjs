/**
 * Makes a clone ready to run: installs packages and compiles `src` to `dist`, each only when it is out of date.
 *
 * `npm run demo`, `npm test` and the command tests call this themselves, because `ignore-scripts` keeps npm from
 * running pre and post scripts. Words go to stderr; `--build` compiles whether or not anything changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const at = (...parts) => join(root, ...parts);
const say = (text) => process.stderr.write(`limbeck setup: ${text}\n`);

/** Runs a program with its output on stderr; gives its exit code. */
function run(command, args) {
  const child = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: command === "npm" && process.platform === "win32",
  });
  if (child.error) throw child.error;
  return child.status ?? 1;
}

const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const readStamp = (file) => (existsSync(file) ? readFileSync(file, "utf8") : "");

/** Installs what package-lock.json names, unless the last installation was of the same lock file. */
export function install() {
  const stamp = at("node_modules", ".setup-stamp");
  const wanted = createHash("sha256")
    .update(readFileSync(at("package-lock.json")))
    .digest("hex");
  if (readStamp(stamp) === wanted) return;

  const npmRecord = at("node_modules", ".package-lock.json");
  const installedByHand =
    existsSync(npmRecord) && statSync(npmRecord).mtimeMs >= statSync(at("package-lock.json")).mtimeMs;
  if (!installedByHand) {
    say(
      existsSync(at("node_modules"))
        ? "package-lock.json has changed, installing …"
        : "installing packages (about 20 s) …",
    );
    const code = run("npm", ["ci"]);
    if (code !== 0) {
      say(`npm ci failed with exit code ${code}; its reason is above`);
      process.exit(code);
    }
  }
  writeFileSync(stamp, wanted);
}

/** Names, sizes and times of everything that the compiled output depends on. */
function sourceState() {
  const hash = createHash("sha256");
  for (const file of [
    ...filesUnder(at("src")),
    at("tsconfig.json"),
    at("tsconfig.build.json"),
    at("node_modules", ".setup-stamp"),
  ]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

/** Deletes what an earlier compilation left for sources that are gone. */
function removeOrphans() {
  for (const file of filesUnder(at("dist"))) {
    const source = relative(at("dist"), file).replace(/(\.d\.ts|\.js|\.js\.map)$/, ".ts");
    if (source.endsWith(".ts") && !existsSync(at("src", source))) rmSync(file);
  }
}

/**
 * Compiles `src` to `dist` when anything in it changed.
 *
 * @returns false when the compiler reports errors (they are printed); what could be written has been.
 */
export function build({ force = false } = {}) {
  const stamp = at("dist", ".stamp");
  const state = sourceState();
  if (!force && readStamp(stamp) === state) return true;
  if (force) rmSync(at("dist"), { recursive: true, force: true });
  say("compiling …");
  const ok = run(process.execPath, [at("node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"]) === 0;
  removeOrphans();
  if (ok) writeFileSync(stamp, state);
  return ok;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === import.meta.filename) {
  install();
  if (!build({ force: process.argv.includes("--build") })) {
    say("the sources do not compile; the compiler's reasons are above");
    process.exit(1);
  }
}

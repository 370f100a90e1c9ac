/** `limbeck new DIR`: a project that simulates, records and distils at once, also without a network. */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fail, LimbeckError } from "../../problem/problem.js";
import { makeFolder } from "../../record/folder.js";
import type { Verb } from "../verb.js";
import { dependencies, packageFolder, version } from "../version.js";

const template = join(packageFolder, "templates", "project");
/** npm leaves `.gitignore` out of packages, so the template has it under another name. */
const renamed: { readonly [file: string]: string } = { gitignore: ".gitignore" };
const MAX_NAMED = 3;
/** Whose types component files use: at run time they get Limbeck's own. */
const forComponents = ["rxjs", "xstate"];
/** Packages that a project has before anything is installed there, where Limbeck has them. */
const linked = [...forComponents, "typescript"];
/** The commands of `node_modules/.bin`. */
const programs = { limbeck: "limbeck/bin/limbeck.js", tsc: "typescript/bin/tsc" };

export const newProject: Verb = {
  name: "new",
  summary: "a project that simulates, records and distils at once",
  examples: [["limbeck new my-robot", "then: cd my-robot && npx limbeck simulate robot.graph.yaml --for 10s"]],
  declare: (command) => command.argument("<dir>", "a new or empty folder"),
  run({ output }, _options, [dir]) {
    const shown = dir as string;
    const folder = resolve(shown);
    const found = entriesOf(folder, shown);
    if (found.length > 0) {
      const more = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : "";
      fail("L0006", { folder: shown, found: found.slice(0, MAX_NAMED).join(", ") + more });
    }
    const files = writeProject(folder, shown);
    if (output.json) output.value({ folder, files });
    else {
      output.say(`Made ${shown}:\n${files.map((file) => `  ${file}`).join("\n")}\n\nTry next:`);
      output.say(
        [
          `  cd ${shown}`,
          "  npx limbeck simulate robot.graph.yaml --for 10s",
          "  npx limbeck distill robot.graph.yaml --nodes controller --as controller",
        ].join("\n"),
      );
    }
    return undefined;
  },
};

function entriesOf(folder: string, shown: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    // where a file stands above it, making the folder tells
    if (code === "ENOTDIR" && !existsSync(folder)) return [];
    if (code === "ENOTDIR") return fail("L0006", { folder: shown, found: "a file of that name" });
    return fail("L0003", { file: shown, reason: message }, {}, { cause: error });
  }
}

/** Writes the template, a package.json, and links to the running package. Gives the names of the files. */
function writeProject(folder: string, shown: string): string[] {
  const name =
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^[^a-z]+|-+$/g, "") || "robot";
  const texts = new Map<string, string>();
  for (const entry of readdirSync(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const target = join(dirname(relative(template, file)), renamed[entry.name] ?? entry.name);
    texts.set(target, readFileSync(file, "utf8").replaceAll("{{name}}", name));
  }
  texts.set("package.json", `${JSON.stringify(packageJson(name, folder), null, 2)}\n`);
  const made = !existsSync(folder);
  try {
    for (const [file, text] of texts) {
      makeFolder(dirname(join(folder, file)));
      writeFileSync(join(folder, file), text);
    }
    const modules = join(folder, "node_modules");
    makeFolder(join(modules, ".bin"));
    link(packageFolder, join(modules, "limbeck"));
    for (const name of linked) {
      const own = join(packageFolder, "node_modules", name);
      if (existsSync(own)) link(own, join(modules, name));
    }
    for (const [command, program] of Object.entries(programs))
      symlinkSync(join("..", program), join(modules, ".bin", command), "file");
  } catch (error) {
    // it was empty or not there
    if (existsSync(folder)) {
      for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true });
      if (made) rmdirSync(folder);
    }
    if (error instanceof LimbeckError) throw error;
    fail("L0005", { file: shown, reason: (error as Error).message }, {}, { cause: error });
  }
  return [...texts.keys()].sort();
}

/** A checkout is depended on by path, a published package by version. */
function packageJson(name: string, folder: string): object {
  const checkout = existsSync(join(packageFolder, "src"));
  const limbeck = checkout ? `file:${relative(folder, packageFolder).replaceAll("\\", "/")}` : `^${version}`;
  return {
    name,
    private: true,
    type: "module",
    scripts: {
      check: "limbeck check robot.graph.yaml && tsc",
      simulate: "limbeck simulate robot.graph.yaml --for 10s",
    },
    dependencies: { limbeck, ...Object.fromEntries(forComponents.map((name) => [name, dependencies[name]])) },
    devDependencies: { typescript: "^6.0.0" },
  };
}

/** Makes a package usable in a project before anything is installed there. */
const link = (from: string, to: string): void => symlinkSync(from, to, "junction");

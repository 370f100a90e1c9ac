/**
 * `npm run bench -- NAME [--json]`: runs a benchmark of bench/NAME.mjs, or all of them.
 *
 * A benchmark exports `name` and `run()`, which gives results `{name, unit, ours, peer, peer_name, ratio, runs}`:
 * both sides measured side by side in one run, ratio > 1 where Limbeck is better, `runs` the raw numbers.
 * A peer that is not there is named and its numbers are null; it is never dropped.
 */
import { readdirSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { basename } from "node:path";

const json = process.argv.includes("--json");
const wanted = process.argv.slice(2).filter((word) => !word.startsWith("-"));
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".mjs") && file !== basename(import.meta.filename))
  .map((file) => basename(file, ".mjs"))
  .sort();
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no benchmark ${unknown.join(", ")}; there is: ${known.join(", ") || "none"}\n`);
  process.exit(2);
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memory_gb: Math.round(totalmem() / 2 ** 30),
  os: `${process.platform} ${release()}`,
  node: process.version,
};
const results = [];
for (const name of wanted.length > 0 ? wanted : known) {
  process.stderr.write(`${name} …\n`);
  const { run } = await import(new URL(`${name}.mjs`, import.meta.url).href);
  results.push(...(await run()));
}

if (json) process.stdout.write(`${JSON.stringify({ machine, results }, null, 2)}\n`);
else {
  const { table } = await import("../dist/cli/table.js");
  process.stdout.write(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, ${machine.os}, Node ${machine.node}\n\n`,
  );
  const columns = ["benchmark", "unit", "Limbeck", "peer", "ratio", "against"].map((title) => ({ title }));
  const rows = results.map(({ name, unit, ours, peer, ratio, peer_name }) => ({
    cells: [name, unit, ours, peer ?? undefined, ratio ?? undefined, peer_name],
  }));
  process.stdout.write(table(columns, rows));
}

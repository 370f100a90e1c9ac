/**
 * `npm run soak -- NAME [--seed N] [--runs N] [--json]`: tries one promise of soak/NAME.mjs long and hard, or all of them.
 *
 * A promise exports `promise` (what is promised, in a line), `runs` (how many tries by default) and
 * `run({seed, runs, from, progress})`, which gives `{tried, failures, …counts}`. Tries are numbered: `--from N --runs 1`
 * is one of them again, and every failure prints the line that repeats it. Progress and words go to stderr.
 * Exit code 1 when a promise does not hold, 2 for wrong words.
 */
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";

const known = readdirSync(import.meta.dirname)
  .filter((file) => /^(?:[RS]\d+|laws)\.mjs$/.test(file))
  .map((file) => basename(file, ".mjs"))
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

/** The words of the command line, or the end of the program. */
function wordsOf() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seed: { type: "string" },
        runs: { type: "string" },
        from: { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    const numbers = ["seed", "runs", "from"].map((name) => [name, values[name]]);
    const wrong = numbers.find(([, text]) => text !== undefined && !/^\d+$/.test(text));
    if (wrong !== undefined) throw new Error(`--${wrong[0]} is a whole number from 0, and was ${wrong[1]}`);
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Error(`there is no promise ${unknown.join(", ")}; there is: ${known.join(", ")}`);
    return {
      json: values.json,
      names: positionals,
      ...Object.fromEntries(numbers.map(([name, text]) => [name, text && Number(text)])),
    };
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const TURN_MS = 200;

/** A line on stderr that is written over while it changes; nothing where stderr is no terminal. */
function progressLine(name) {
  const { stderr } = process;
  let last = 0;
  return (done, total, detail = "") => {
    if (!stderr.isTTY || (performance.now() - last < TURN_MS && done < total)) return;
    last = performance.now();
    stderr.write(`\r\x1b[K${name} ${done}/${total} ${detail}${done < total ? "" : "\n"}`);
  };
}

const { names, seed = 1, runs: wantedRuns, from = 0, json } = wordsOf();
const results = [];
for (const name of names.length > 0 ? names : known) {
  const { promise, runs: usual, run } = await import(new URL(`${name}.mjs`, import.meta.url).href);
  const runs = wantedRuns ?? usual;
  process.stderr.write(`${name}: ${promise}\n`);
  const started = performance.now();
  const { failures, ...counts } = await run({ seed, runs, from, progress: progressLine(name) });
  const told = failures.map(({ index, reason }) => ({
    index,
    reason,
    again: `npm run soak -- ${name} --seed ${seed} --from ${index} --runs 1`,
  }));
  for (const { reason, again } of told) process.stderr.write(`  failed: ${reason}\n    ${again}\n`);
  const seconds = Math.round(performance.now() - started) / 1e3;
  process.stderr.write(
    `  ${told.length === 0 ? "holds" : "DOES NOT HOLD"}: ${JSON.stringify(counts)} in ${seconds} s\n`,
  );
  results.push({ name, promise, seed, runs, from, seconds, ...counts, failures: told });
}
if (json) process.stdout.write(`${JSON.stringify({ node: process.version, results }, null, 2)}\n`);
process.exitCode = results.some(({ failures }) => failures.length > 0) ? 1 : 0;

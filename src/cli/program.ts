/**
 * From words to an exit code:
 *
 *   words ─parse (commander)─► verb, options ─run─► exit code
 *                └─ wrong usage ─┐      └─ problems, interruption, bug ─┐
 *                                └──────────── report ◄────────────────┘
 */
import { Command, CommanderError, Help } from "commander";
import { nearest } from "../problem/nearest.js";
import { toJson } from "../problem/print.js";
import { fail, LimbeckError, problem } from "../problem/problem.js";
import { exit, INTERRUPTED } from "./exit.js";
import { type Io, makeOutput, type Output } from "./output.js";
import { type Context, type Group, HOME, type Verb } from "./verb.js";
import { verbs } from "./verbs.js";
import { version } from "./version.js";

/** What a command line is run with. */
export type Session = Io & Pick<Context, "signal" | "now" | "clock" | "limbeck">;

/** Runs one command line (the words after `limbeck`) and gives its exit code; never throws. */
export async function runWords(words: readonly string[], session: Session): Promise<number> {
  const output = makeOutput(session, words.includes("--json"));
  let code: number | undefined;
  const start = (verb: Verb, args: readonly unknown[], options: { home: string }) => {
    const { signal, now, clock, limbeck } = session;
    const help = (path: readonly string[]) => findCommand(program, path).helpInformation();
    return verb.run({ output, home: options.home, signal, words, now, clock, limbeck, help }, options, args);
  };
  const program = makeProgram(session, async (verb, args, options) => {
    code = await start(verb, args, options);
  });
  try {
    checkVerb(program, words);
    await program.parseAsync([...words], { from: "user" });
    return code ?? exit.done;
  } catch (error) {
    return report(error, output, session.signal);
  } finally {
    output.endProgress();
  }
}

type Start = (verb: Verb, args: readonly unknown[], options: { home: string }) => Promise<void>;

/** The commander program of the list of verbs; `start` is called with the verb that was typed. */
export function makeProgram(io: Io, start: Start): Command {
  const program = new Command("limbeck")
    .description("Describe a system as one graph file; check, simulate, record and rewrite it, distil it to ONNX.")
    .version(version, "-V, --version", "print the version")
    .helpCommand(false)
    .helpOption("-h, --help", "show this help")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => {}, // commander throws as well, and report() words it
    })
    .usage("<verb> [options]")
    .configureHelp(helpStyle(io));
  for (const verb of verbs) attach(program, verb, start, io);
  return program;
}

function attach(parent: Command, verb: Verb | Group, start: Start, io: Io): void {
  const command = parent.command(verb.name).description(verb.summary).helpCommand(false).configureHelp(helpStyle(io));
  if ("verbs" in verb) {
    for (const inner of verb.verbs) attach(command, inner, start, io);
    return;
  }
  verb.declare(command);
  command.option("--json", "print data as JSON").option("--home <dir>", "folder for everything that is made", HOME);
  command.configureHelp({
    ...helpStyle(io),
    formatHelp: (shown, help) => Help.prototype.formatHelp.call(help, shown, help) + examples(verb),
  });
  command.action((...given: unknown[]) => start(verb, given.slice(0, -2), given.at(-2) as { home: string }));
}

/** Room for a summary on its verb's line, where the terminal has it. */
const HELP_WIDTH = 100;
/** Summaries are wrapped where this much is left beside the options. */
const MIN_WRAP_WIDTH = 20;
const helpStyle = ({ stdout: { columns = HELP_WIDTH } }: Io) => ({
  helpWidth: Math.min(HELP_WIDTH, columns),
  minWidthToWrap: MIN_WRAP_WIDTH,
  subcommandTerm: (command: Command) => command.name(),
});

function examples({ examples = [] }: Verb): string {
  if (examples.length === 0) return "";
  const width = Math.max(...examples.map(([line]) => line.length));
  return `\nExamples:\n${examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}\n`).join("")}`;
}

/** `--help` behind a verb that is not there is no help. @throws LimbeckError L0004 */
function checkVerb(program: Command, words: readonly string[]): void {
  let command = program;
  for (const word of words) {
    if (command.commands.length === 0 || word.startsWith("-")) return;
    command = findCommand(command, [word]);
  }
}

/** The command that a path of verbs names (`["models", "show"]`). @throws LimbeckError L0004 */
function findCommand(program: Command, path: readonly string[]): Command {
  return path.reduce((command, name) => {
    const known = command.commands.map((inner) => inner.name());
    const near = nearest(name, known);
    const help = near === undefined ? {} : { help: `Did you mean \`${near}\`?` };
    return (
      command.commands.find((inner) => inner.name() === name) ??
      fail("L0004", { what: `there is no verb \`${path.join(" ")}\``, ...help })
    );
  }, program);
}

/** Says what went wrong, in the way that fits it, and gives the exit code. */
function report(error: unknown, output: Output, signal: AbortSignal): number {
  output.endProgress();
  if (signal.aborted && !(error instanceof LimbeckError)) {
    output.say(INTERRUPTED);
    return exit.interrupted;
  }
  const known = error instanceof CommanderError ? usage(error) : error;
  if (known === undefined) return exit.done;
  if (known instanceof LimbeckError) {
    if (output.json) output.value(toJson(known.problems));
    else output.problems(known.problems);
    return signal.aborted ? exit.interrupted : known.exit;
  }
  const stack = known instanceof Error ? (known.stack ?? known.message) : String(known);
  output.say(
    `This is a bug in Limbeck ${version}, not in what you typed. Please report it with the lines below.\n\n${stack}`,
  );
  return exit.bug;
}

/** Commander's own errors, in the words of the catalogue; undefined when help or the version was asked for. */
function usage(error: CommanderError): LimbeckError | undefined {
  if (error.exitCode === 0) return undefined;
  if (error.code === "commander.help") return new LimbeckError([problem("L0004", { what: "no verb was given" })]);
  const [, what, near] = /^(?:error: )?([\s\S]*?)\s*(?:\(Did you mean (.*)\?\))?$/.exec(error.message) ?? [];
  const help =
    near === undefined
      ? undefined
      : `Did you mean ${near
          .replace(/^one of /, "")
          .replace(/[^ ,]+/g, "`$&`")
          .replace(/, ([^,]+)$/, " or $1")}?`;
  return new LimbeckError([problem("L0004", { what: what ?? error.message, ...(help === undefined ? {} : { help }) })]);
}

/** source/csv: what it reads, and that every bad input is told with its file and line. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Files } from "../../src/component/component.js";
import type { Json } from "../../src/message/type.js";
import { fail } from "../../src/problem/problem.js";
import { memory, memoryFiles, problemsOf, run } from "../support/graphs.js";

const log = (params: { [name: string]: Json }, streams = "x: {message: Scalar, simulate: log.x}") => `
world: {log: {component: source/csv, params: ${JSON.stringify({ path: "log.csv", time: "t", ports: { x: "x" }, ...params })}}}
streams: {in: {${streams}}}
nodes: {p: {component: test/pass, in: {value: x}}}
`;
const read = (text: string | Uint8Array, params: { [name: string]: Json } = {}, chunk?: number) => {
  const path = (params.path as string | undefined) ?? "log.csv";
  const services = { ...memory(), files: memoryFiles({ [path]: text }, chunk) };
  return run(log(params), { services });
};
const rows = async (text: string | Uint8Array, params: { [name: string]: Json } = {}, chunk?: number) =>
  (await read(text, params, chunk)).at("x").map(([ms, , x]) => [ms, x]);

const GOOD = [
  [0, 1],
  [10, 2.5],
  [25, -3],
];

test.each<[string, string | Uint8Array, { [name: string]: Json }]>([
  ["plain", "t,x\n5,1\n5.01,2.5\n5.025,-3\n", {}],
  ["without a last line break", "t,x\n5,1\n5.01,2.5\n5.025,-3", {}],
  ["with CRLF", "t,x\r\n5,1\r\n5.01,2.5\r\n5.025,-3\r\n", {}],
  ["with a byte order mark", "\ufefft,x\n5,1\n5.01,2.5\n5.025,-3\n", {}],
  ["with line breaks of two kinds", "t,x\n5,1\r\n5.01,2.5\n\r\n5.025,-3\r\n", {}],
  ["of an old kind, with CR", "t,x\r5,1\r5.01,2.5\r5.025,-3", {}],
  ["with quoted cells", 't,"x"\n5,"1"\n"5.01",2.5\n5.025,"-3"\n', {}],
  ["with spaces around cells", " t , x \n 5 , 1 \n 5.01 , 2.5\n5.025 ,-3 \n", {}],
  ["with empty lines", "\n\nt,x\n\n5,1\n5.01,2.5\n\n5.025,-3\n\n", {}],
  ["with other columns, in another order", "a,x,b,t\nfoo,1,,5\n,2.5,NaN,5.01\nbar,-3,?,5.025\n", {}],
  ["with semicolons", "t;x\n5;1\n5.01;2.5\n5.025;-3\n", { delimiter: ";" }],
  ["with tabs, by its name", "t\tx\n5\t1\n5.01\t2.5\n5.025\t-3\n", { path: "log.tsv" }],
  ["gzipped", gzipSync("t,x\n5,1\n5.01,2.5\n5.025,-3\n"), { path: "log.csv.gz" }],
  ["with exponents", "t,x\n5e0,1E0\n501e-2,25e-1\n5.025,-3.0\n", {}],
  ["in milliseconds", "t,x\n5000,1\n5010,2.5\n5025,-3\n", { time_unit: "ms" }],
  ["in microseconds", "t,x\n0,1\n10000,2.5\n25000,-3\n", { time_unit: "us" }],
  ["in nanoseconds", "t,x\n7,1\n10000007,2.5\n25000007,-3\n", { time_unit: "ns" }],
])("a log %s is read, its first row at 0", async (_, text, params) => {
  expect(await rows(text, params)).toEqual(GOOD);
});

test("where a chunk ends makes no difference", async () => {
  const text = 't,"x"\r\n5,1\r\n5.01,"2.5"\r\n5.025,-3\r\n';
  for (const chunk of [1, 2, 3, 5, 64]) expect(await rows(text, {}, chunk)).toEqual(GOOD);
});

test("columns make numbers, tensors and objects; the ports of a row share its tag", async () => {
  const services = memory({ "log.csv": "t,q1,q2,v1,v2,s\n0,1,2,3,4,5\n1,6,7,8,9,10\n" });
  const ports = { x: "s", y: ["v2", "q1"], j: { position: "q1..q2", velocity: ["v1", "v2"] } };
  const { at } = await run(
    `
messages: {Plain: {position: {tensor: [2]}, velocity: {tensor: [2]}}}
${log({ ports }, "x: {message: Scalar, simulate: log.x}, y: {message: Vector2, simulate: log.y}, j: {message: Plain, simulate: log.j}")}`,
    { services },
  );
  expect(at("x")).toEqual([
    [0, 0, 5],
    [1000, 0, 10],
  ]);
  expect(at("y")[1]).toEqual([1000, 0, Float64Array.of(9, 6)]);
  expect(at("j")[0]).toEqual([0, 0, { position: Float64Array.of(1, 2), velocity: Float64Array.of(3, 4) }]);
});

test.each<[string, string, { [name: string]: Json }]>([
  ["between blanks", "  t\tx \n 5   1\n5.01\t 2.5\n  5.025 -3  \n", { delimiter: "whitespace" }],
  ["without a header", "5,1\n5.01,2.5\n5.025,-3\n", { columns: ["t", "x"] }],
  ["with remarks", "# one\nt,x\n#two, three\n5,1\n5.01,2.5# four\n5.025,-3\n# five\n", { comment: "#" }],
  [
    "of a robot, with all of these",
    "# Time   Range\n#\n5\t 1\n  \n5.01 \t  2.5 # late\n 5.025 -3\n",
    { delimiter: "whitespace", columns: ["t", "x"], comment: "#" },
  ],
  ["from an origin", "t,x\n0,1\n0.01,2.5\n0.025,-3\n", { origin: 0 }],
])("a table %s is read", async (_, text, params) => {
  expect(await rows(text, params)).toEqual(GOOD);
});

test("with an origin, logs that begin at different times keep step", async () => {
  expect(await rows("t,x\n7,1\n7.5,2\n", { origin: 6.5 })).toEqual([
    [500, 1],
    [1000, 2],
  ]);
});

test("without a time every row is at 0, one after the other", async () => {
  expect((await read("x,y\n1,0\n2,0\n3,0\n", { time: undefined as unknown as Json })).at("x")).toEqual([
    [0, 0, 1],
    [0, 1, 2],
    [0, 2, 3],
  ]);
});

test("rows of one time take successive microsteps", async () => {
  expect((await read("t,x\n0,1\n1,2\n1,3\n1,4\n")).at("x")).toEqual([
    [0, 0, 1],
    [1000, 0, 2],
    [1000, 1, 3],
    [1000, 2, 4],
  ]);
});

test.each<[string, string | Uint8Array, { [name: string]: Json }, string, string, string?]>([
  [
    "no time column",
    "time,x\n0,1\n",
    {},
    "L0410",
    "log.csv:1: there is no column `t` in the header",
    "Did you mean `x`? The columns: `time`, `x`.",
  ],
  [
    "no time column, but one that is nearly called so",
    "stampp,x\n0,1\n",
    { time: "stamp" },
    "L0410",
    "log.csv:1: there is no column `stamp` in the header",
    "Did you mean `stampp`?",
  ],
  ["no time column behind empty lines", "\n\ntime,x\n0,1\n", {}, "L0410", "log.csv:3: there is no column `t`"],
  ["a missing column of a port", "t,y\n0,1\n", {}, "L0410", "log.csv:1: there is no column `x`"],
  ["two columns of the name", "t,x,x\n0,1,2\n", {}, "L0413", "log.csv:1: two columns are called `x`"],
  ["the wrong delimiter", "t;x\n0;1\n", {}, "L0410", "log.csv:1: there is no column `t`", 'set `delimiter: ";"`'],
  [
    "the wrong delimiter, a tab",
    "t\tx\n0\t1\n",
    {},
    "L0410",
    "log.csv:1: there is no column `t`",
    'set `delimiter: "\\t"`',
  ],
  ["text in a column", "t,x\n0,1\n1,fast\n", {}, "L0411", "log.csv:3: column `x` holds “fast”, not a finite number"],
  ["text in the time column", "t,x\n0,1\nnoon,2\n", {}, "L0411", "log.csv:3: column `t` holds “noon”"],
  ["NaN in a column", "t,x\n0,1\n1,NaN\n", {}, "L0411", "log.csv:3: column `x` holds “NaN”"],
  ["an infinity in a column", "t,x\n0,1\n1,-Infinity\n", {}, "L0411", "log.csv:3: column `x` holds “-Infinity”"],
  ["an empty cell", "t,x\n0,1\n\n1,\n", {}, "L0411", "log.csv:4: column `x` holds nothing"],
  ["stamps that go back", "t,x\n0,1\n2,1\n1.5,2\n", {}, "L0412", "log.csv:4: the time 1.5 comes after 2"],
  [
    "a time before the origin",
    "t,x\n0,1\n2,1\n",
    { origin: 1 },
    "L0413",
    "log.csv:2: the time 0 is before `origin: 1`",
  ],
  ["fewer columns than were named", "0,1\n", { columns: ["t", "x", "y"] }, "L0413", "has 2 cells, and `columns` 3"],
  ["a column that was not named", "0,1\n", { columns: ["t", "y"] }, "L0410", "log.csv:1: there is no column `x`"],
  ["named columns and no row", "# no\n", { columns: ["t", "x"], comment: "#" }, "L0413", "log.csv:1: there is no row"],
  ["no line", "", {}, "L0413", "log.csv: the file is empty: no header line"],
  ["nothing but line breaks", "\n\r\n\n", {}, "L0413", "log.csv: the file is empty: no header line"],
  ["a header and no row", "t,x\n", {}, "L0413", "log.csv:2: there is a header line and no row behind it"],
  ["a line with too few cells", "t,x\n0,1\n1\n", {}, "L0413", "log.csv:3: the line has 1 cells, and the header 2"],
  ["a line with too many cells", "t,x\n0,1\n1,2,3\n", {}, "L0413", "log.csv:3: the line has 3 cells, and the header 2"],
  ["a quote that is never closed", 't,x\n0,1\n1,"2\n3,4\n', {}, "L0413", "log.csv:"],
  ["a quote in the middle of a cell", 't,x\n0,1\n1,2"3\n', {}, "L0413", "log.csv:3: "],
  ["an endless line", `t,x\n0,${"1".repeat(1_100_000)}\n`, {}, "L0413", "log.csv:"],
  [
    "a torn gzip",
    gzipSync("t,x\n0,1\n1,2\n").subarray(0, 18),
    { path: "log.csv.gz" },
    "L0413",
    "log.csv.gz: not a whole gzip file",
  ],
  ["no gzip behind the name", "t,x\n0,1\n", { path: "log.csv.gz" }, "L0413", "log.csv.gz: not a whole gzip file"],
  ["an empty gzip", "", { path: "log.csv.gz" }, "L0413", "log.csv.gz: "],
])("a log with %s is refused where it stands", async (_, text, params, code, message, help) => {
  const chunk = text.length > 1e6 ? 65536 : 7;
  const [problem, ...more] = await problemsOf(read(text, params, chunk));
  expect(more).toEqual([]);
  expect(problem).toMatchObject({ code, path: "/world/log" });
  expect(problem!.message).toContain(message);
  if (help !== undefined) expect(problem!.help).toContain(help);
});

test("a file that cannot be opened is told by whoever opens files, at the node that wanted it", async () => {
  const failing: Files = {
    shown: (path) => path,
    // biome-ignore lint/correctness/useYield: it fails before its first byte
    async *read(path) {
      fail("L0413", { file: path, reason: "is a folder" });
    },
  };
  expect(await problemsOf(run(log({}), { services: { ...memory(), files: failing } }))).toMatchObject([
    { code: "L0413", message: "log.csv: is a folder", path: "/world/log" },
  ]);
});

test("a file that breaks off while it is read is told, and what came before was delivered", async () => {
  const torn: Files = {
    shown: (path) => path,
    async *read() {
      yield new TextEncoder().encode("t,x\n0,1\n1,2\n");
      throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO" });
    },
  };
  const heard: unknown[] = [];
  const problems = await problemsOf(
    run(log({}), {
      services: { ...memory(), files: torn },
      before: (living) => living.port("x").subscribe(({ message }) => heard.push(message)),
    }),
  );
  expect(problems).toMatchObject([{ code: "L0413", message: "log.csv: EIO: i/o error, read" }]);
});

test("bad_rows: skip leaves bad lines out, and tells how many, which first, and why", async () => {
  const text = "t,x\n0,1\n1,NaN\nlate,2\n2,\n3,4,5\n4\n10,2\n";
  const { at, result } = await read(text, { bad_rows: "skip" });
  expect(at("x").map(([ms, , x]) => [ms, x])).toEqual([
    [0, 1],
    [10_000, 2],
  ]);
  expect(result.warnings).toMatchObject([{ code: "L0415", path: "/world/log" }]);
  expect(result.warnings[0]!.message).toBe(
    "log.csv: 5 of 7 rows left out by `bad_rows: skip`, the first at line 3 (column `x` holds “NaN”, not a finite number)",
  );
});

test("bad_rows: skip does not hide a column that is missing", async () => {
  expect(await problemsOf(read("t,y\n0,1\n", { bad_rows: "skip" }))).toMatchObject([{ code: "L0410" }]);
});

test("with bad_rows: skip the first good row is at 0", async () => {
  expect(await rows("t,x\n3,oops\n5,1\n5.01,2.5\n5.025,-3\n", { bad_rows: "skip" })).toEqual(GOOD);
});

test("order: skip leaves out what goes back, measured from the latest that was kept, and counts it", async () => {
  const { at, result } = await read("t,x\n0,1\n5,2\n3,3\n4,4\n5,5\n6,6\n", { order: "skip" });
  expect(at("x").map(([ms, microstep, x]) => [ms, microstep, x])).toEqual([
    [0, 0, 1],
    [5000, 0, 2],
    [5000, 1, 5],
    [6000, 0, 6],
  ]);
  expect(result.warnings.map((w) => w.message)).toEqual([
    "log.csv: 2 of 6 rows left out by `order: skip`, the first at line 4 (3 comes after 5)",
  ]);
});

test("order: sort reads the file whole and keeps the order of equal times", async () => {
  const { at, result } = await read("t,x\n5,2\n0,1\n9,6\n5,3\n3,9\n5,4\n", { order: "sort" });
  expect(at("x")).toEqual([
    [0, 0, 1],
    [3000, 0, 9],
    [5000, 0, 2],
    [5000, 1, 3],
    [5000, 2, 4],
    [9000, 0, 6],
  ]);
  expect(result.warnings).toEqual([]);
});

test("order: sort with bad_rows: skip is not led astray by times that are none", async () => {
  const text = "t,x\n5,5\nnever,1\n4,4\n,2\n3,3\nNaN,7\n2,2\n1,oops\n";
  const { at, result } = await read(text, { order: "sort", bad_rows: "skip" });
  expect(at("x").map(([, , x]) => x)).toEqual([2, 3, 4, 5]);
  expect(result.warnings[0]!.message).toContain("4 of 8 rows left out");
});

test("order: sort tells a bad line by its place in the file", async () => {
  expect(await problemsOf(read("t,x\n5,5\n4,4\n3,oops\n", { order: "sort" }))).toMatchObject([
    { code: "L0411", message: "log.csv:4: column `x` holds “oops”, not a finite number" },
  ]);
});

test.each<[string, { [name: string]: Json }, string, string]>([
  ["no path", { path: null }, "L0403", "/world/log/params/path"],
  ["an unknown order", { order: "none" }, "L0403", "/world/log/params/order"],
  ["a misspelt param", { tiem: "t" }, "L0401", "/world/log/params/tiem"],
  ["a range that counts backwards", { ports: { x: "q7..q1" } }, "L0414", "/world/log"],
  ["no columns", { ports: { x: 3 } }, "L0414", "/world/log"],
  ["a delimiter of two characters", { delimiter: "::" }, "L0403", "/world/log/params/delimiter"],
  ["no ports", { ports: {} }, "L0403", "/world/log/params/ports"],
])("params with %s are refused by the check", async (_, params, code, path) => {
  const { rewritten, authored } = await import("../support/graphs.js");
  const { problems } = await rewritten(authored(log(params)));
  const errors = problems.filter((p) => p.severity === "error");
  expect(errors.map((p) => p.code)).toContain(code);
  expect(errors.find((p) => p.code === code)!.path).toContain(path);
});

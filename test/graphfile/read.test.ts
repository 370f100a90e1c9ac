import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readGraphFile } from "../../src/graphfile/read.js";
import { LimbeckError } from "../../src/problem/problem.js";

const folder = mkdtempSync(join(tmpdir(), "limbeck-read-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
function refused(path: string) {
  try {
    readGraphFile(path);
  } catch (e) {
    if (e instanceof LimbeckError) return { code: e.problems[0]!.code, help: e.problems[0]!.help, exit: e.exit };
    throw e;
  }
  throw new Error("was read");
}

test("reads UTF-8; a byte order mark does not count as a column", () => {
  expect(readGraphFile(file("arm.graph.yaml", "\uFEFFname: café\n"))).toBe("name: café\n");
});

test("a missing file is told with the nearest name beside it", () => {
  expect(refused(join(folder, "amr.graph.yaml"))).toEqual({
    code: "L0001",
    help: `Did you mean \`${join(folder, "arm.graph.yaml")}\`?`,
    exit: 3,
  });
  expect(refused(join(folder, "no", "such", "folder.yaml")).code).toBe("L0001");
  expect(refused(join(folder, "arm.graph.yaml", "x")).code).toBe("L0001");
});

test("a folder, a broken link, a name that no system takes", () => {
  mkdirSync(join(folder, "sub"));
  expect(refused(join(folder, "sub")).code).toBe("L0002");
  symlinkSync(join(folder, "gone"), join(folder, "link"));
  expect(refused(join(folder, "link")).code).toBe("L0001");
  expect(refused("nul\0byte").code).toBe("L0003");
  expect(refused(join(folder, "x".repeat(5000))).code).toBe("L0003");
});

test("what is no UTF-8, and UTF-16 by name", () => {
  expect(refused(file("latin", Uint8Array.of(0x61, 0xe9, 0x0a)))).toMatchObject({ code: "L0104", exit: 3 });
  expect(refused(file("wide", Uint8Array.of(0xff, 0xfe, 0x61, 0))).code).toBe("L0104");
});

test("a huge file, and one without an end, are not read whole", () => {
  const huge = file("huge", "");
  truncateSync(huge, 2 ** 40);
  expect(refused(huge).code).toBe("L0101");
  expect(refused("/dev/zero").code).toBe("L0101");
});

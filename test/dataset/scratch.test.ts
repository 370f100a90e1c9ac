/** Pages of numbers: what is in them is what was put there, whatever fits into memory. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createScratch, rowsOf, type ScratchFile } from "../../src/dataset/scratch.js";

/** A file in memory that counts what it is asked for. */
function fakeFile(): ScratchFile & { bytes: Uint8Array; writes: number; closed: boolean } {
  return {
    bytes: new Uint8Array(0),
    writes: 0,
    closed: false,
    read(into, at) {
      into.set(this.bytes.subarray(at, at + into.length));
    },
    write(bytes, at) {
      if (at + bytes.length > this.bytes.length) {
        const longer = new Uint8Array(at + bytes.length);
        longer.set(this.bytes);
        this.bytes = longer;
      }
      this.bytes.set(bytes, at);
      this.writes++;
    },
    close() {
      this.closed = true;
    },
  };
}

const scratchOf = (memory_bytes: number, file = fakeFile(), maxBytes = Number.POSITIVE_INFINITY) => ({
  file,
  scratch: createScratch({ memory_bytes, maxBytes, open: () => file }),
});

describe("pages", () => {
  test("hold what an array would, in memory or not", () => {
    const command = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), n: fc.integer({ min: 1, max: 6000 }), of: fc.nat(2) }),
      fc.record({ kind: fc.constant("set" as const), at: fc.nat(), value: fc.double(), of: fc.nat(2) }),
      fc.record({ kind: fc.constant("get" as const), at: fc.nat(), of: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.constantFrom(1, 40_000, 1e9), fc.array(command, { maxLength: 30 }), (memory, commands) => {
        const { scratch } = scratchOf(memory);
        const columns = [scratch.column(), scratch.column(), scratch.column()];
        const arrays: number[][] = [[], [], []];
        for (const c of commands) {
          const [column, array] = [columns[c.of]!, arrays[c.of]!];
          if (c.kind === "push")
            for (let i = 0; i < c.n; i++) {
              column.push(array.length * 0.5 + c.of);
              array.push(array.length * 0.5 + c.of);
            }
          else if (array.length > 0) {
            const at = c.at % array.length;
            if (c.kind === "set") {
              column.set(at, c.value);
              array[at] = c.value;
            } else expect(column.at(at)).toBe(array[at]);
          }
        }
        for (const [k, array] of arrays.entries()) {
          expect(columns[k]!.length).toBe(array.length);
          expect(array.every((x, i) => Object.is(columns[k]!.at(i), x))).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ["float32", 3, 1e9],
    ["float64", 3, 1],
    ["float32", 5000, 100_000],
    ["float64", 1000, 70_000],
  ] as const)("rows of %s, %i wide, in %i bytes", (dtype, width, memory) => {
    const { scratch } = scratchOf(memory);
    const [a, b] = [scratch.matrix(dtype, width), scratch.matrix(dtype, width)];
    for (let row = 0; row < 200; row++) {
      a.add().fill(row);
      b.add().fill(-row);
    }
    for (let row = 0; row < 200; row += 7) b.put(row)[width - 1] = 1000 + row;
    expect([a.rows, b.rows]).toEqual([200, 200]);
    for (let row = 0; row < 200; row++) {
      expect([a.row(row)[0], a.row(row)[width - 1]]).toEqual([row, row]);
      expect([b.row(row)[0], b.row(row)[width - 1]]).toEqual([-row, row % 7 === 0 ? 1000 + row : -row]);
    }
    expect([...rowsOf(a, 10, 13)]).toEqual([10, 11, 12].flatMap((row) => Array(width).fill(row)));
    let rows = 0;
    for (const piece of a.pieces(50, 180)) {
      expect(piece[0]).toBe(50 + rows);
      rows += piece.length / width;
    }
    expect(rows).toBe(130);
  });

  test("what fits into memory is never written, and what does not is let go of", () => {
    const small = scratchOf(1e6);
    const column = small.scratch.column();
    for (let i = 0; i < 50_000; i++) column.push(i);
    expect(small.file.writes).toBe(0);
    for (let i = 50_000; i < 500_000; i++) column.push(i);
    expect(small.file.writes).toBeGreaterThan(80);
    // read once through: what is clean is not written again
    const before = small.file.writes;
    let sum = 0;
    for (let i = 0; i < 500_000; i++) sum += column.at(i);
    expect(sum).toBe((500_000 * 499_999) / 2);
    expect(small.file.writes - before).toBeLessThan(1e6 / (8 * 4096) + 1);
    small.scratch.close();
    expect(small.file.closed).toBe(true);
  });

  test("all of them have a bound", () => {
    const { scratch } = scratchOf(1e6, fakeFile(), 1e6);
    const column = scratch.column();
    const fill = () => {
      for (let i = 0; i < 200_000; i++) column.push(i);
    };
    expect(fill).toThrow("L0722: the dataset would have more than 1000000 bytes");
  });
});

/** What a watcher makes of the beat of a run. */
import { describe, expect, test } from "vitest";
import { beatAt, createBeat, LOOKS, rest, watcher } from "../../src/runtime/watchdog.js";

const looked = (look: () => unknown, times: number) => Array.from({ length: times }, look);
const nothing = (times: number) => Array.from({ length: times }, () => undefined);

describe("a watcher", () => {
  test("tells of a firing that lasts for so many looks, with its rank and virtual time", () => {
    const beat = createBeat();
    const look = watcher(beat, () => true);
    beatAt(beat, 3, 5e8);
    expect(looked(look, LOOKS)).toEqual(nothing(LOOKS));
    expect(look()).toEqual({ rank: 3, time_ns: 5e8 });
  });

  test("counts from the start again with every firing, also of the same node", () => {
    const beat = createBeat();
    const look = watcher(beat, () => true);
    for (let n = 0; n < 3 * LOOKS; n++) {
      if (n % LOOKS === 0) beatAt(beat, 1, n);
      expect(look()).toBeUndefined();
    }
  });

  test("a run that rests, or has not begun, does not hang", () => {
    const beat = createBeat();
    const look = watcher(beat, () => true);
    expect(looked(look, 2 * LOOKS)).toEqual(nothing(2 * LOOKS));
    beatAt(beat, 1, 0);
    look();
    rest(beat);
    expect(looked(look, 2 * LOOKS)).toEqual(nothing(2 * LOOKS));
  });

  test("leaves those alone that have a limit of their own", () => {
    const beat = createBeat();
    const look = watcher(beat, (rank) => rank !== 2);
    beatAt(beat, 2, 0);
    expect(looked(look, 2 * LOOKS)).toEqual(nothing(2 * LOOKS));
  });
});

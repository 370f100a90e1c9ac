/**
 * Stretches of rows cut into windows that a student with memory is unrolled over (truncated back-propagation through
 * time, Williams & Peng 1990).
 *
 * An episode's first window starts from the student's own initial state. One that is cut out of the middle warms up: its
 * first ticks run without counting, so that the state is about what it would have been (Kapturowski et al. 2019).
 */
import type { Matrix } from "../../train/matrix.js";
import type { Part } from "./student.js";

export interface Windows {
  readonly count: number;
  readonly ticks: number;
  /** [count, ticks · width] each, row-major. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** 1 for ticks that count, [count, ticks]. */
  readonly counts: Float32Array;
}

export interface Cut {
  /** Ticks of a window. */
  readonly ticks: number;
  /** Ticks at the beginning of a window in the middle that do not count. */
  readonly warmup: number;
}

/** The length of the windows: that of the longest episode where it is no more than `whole`, else `pieces`. */
export function cutFor(parts: readonly Part[], whole: number, pieces: number): Cut {
  const longest = parts.flatMap(stretchesOf).reduce((n, s) => Math.max(n, s.to - s.from + (s.lead?.rows ?? 0)), 1);
  return longest <= whole ? { ticks: longest, warmup: 0 } : { ticks: pieces, warmup: pieces >> 2 };
}

const stretchesOf = (part: Part) => part.stretches ?? [{ from: 0, to: part.x.rows }];

/**
 * All windows of a part; every row counts in one of them, and the rows before it in its episode (its lead) warm it up.
 *
 * @example
 * const m = { rows: 5, width: 1, data: Float32Array.of(1, 2, 3, 4, 5) };
 * const { x, counts } = windowsOf({ x: m, y: m }, { ticks: 4, warmup: 2 });
 * x // Float32Array [1, 2, 3, 4, 3, 4, 5, 5]
 * counts // Float32Array [1, 1, 1, 1, 0, 0, 1, 0]
 */
export function windowsOf(part: Part, { ticks, warmup }: Cut): Windows {
  const [wx, wy] = [part.x.width, part.y.width];
  const windows: { readonly stretch: number; readonly start: number; readonly counted: number }[] = [];
  const stretches = stretchesOf(part);
  stretches.forEach(({ from, to, lead }, stretch) => {
    const before = lead?.rows ?? 0;
    const end = before + to - from;
    // positions count from the beginning of the episode
    for (let next = before; next < end; ) {
      const start = end <= ticks ? 0 : Math.max(0, next - warmup);
      windows.push({ stretch, start, counted: next });
      next = Math.min(end, start + ticks);
    }
  });
  const x = new Float32Array(windows.length * ticks * wx);
  const y = new Float32Array(windows.length * ticks * wy);
  const counts = new Float32Array(windows.length * ticks);
  windows.forEach(({ stretch, start, counted }, w) => {
    const { from, to, lead } = stretches[stretch];
    const before = lead?.rows ?? 0;
    const end = before + to - from;
    for (let t = 0; t < ticks; t++) {
      const at = Math.min(start + t, end - 1);
      const [m, r]: [Matrix, number] = at < before ? [lead!, at] : [part.x, from + at - before];
      x.set(m.data.subarray(r * wx, (r + 1) * wx), (w * ticks + t) * wx);
      if (at < before) continue;
      y.set(part.y.data.subarray(r * wy, (r + 1) * wy), (w * ticks + t) * wy);
      if (start + t < end && start + t >= counted) counts[w * ticks + t] = 1;
    }
  });
  return { count: windows.length, ticks, x, y, counts };
}

/** The one table of distilling and comparing: teacher, students, baselines; open loop and closed loop. */
import type { ClosedLoop, Comparison, Score } from "../project/results.js";
import { CONSTANT } from "./score.js";
import type { Style } from "./style.js";
import { type Cell, type Column, type Row, table } from "./table.js";

export function comparisonTable(result: Comparison, style: Style): string {
  const scores = [...result.students, ...result.baselines];
  const loops = [result.teacher?.closed_loop, ...scores.map((score) => score.closed_loop)];
  const closed = Object.entries(result.metrics).flatMap(([metric, { unit }]) => {
    const starts = new Set(loops.flatMap((loop) => Object.keys(loop?.[metric] ?? {})));
    return [...starts].map((start) => ({ metric, start, unit }));
  });
  const choices = [...new Set(scores.flatMap(({ test }) => Object.keys(test.accuracy ?? {})))];
  const blanks = choices.map(() => undefined);
  const columns: Column[] = [
    { title: "" },
    { title: "nMSE", unit: "test", best: "lowest" },
    { title: "R²", unit: "test", best: "highest", decimals: 4 },
    ...choices.map((choice): Column => ({ title: choice, unit: "right", best: "highest", decimals: 4 })),
    ...closed.map(
      ({ metric, start, unit }): Column => ({
        title: `${metric}, ${start}`,
        ...(unit === undefined ? {} : { unit }),
        best: "lowest",
      }),
    ),
  ];
  const loopCells = (loop: ClosedLoop | undefined): Cell[] =>
    closed.map(({ metric, start }) => loop?.[metric]?.[start]);
  const rows: Row[] = [];
  if (result.teacher !== undefined)
    rows.push({
      cells: [
        `teacher (${shortened(result.teacher.name)})`,
        undefined,
        undefined,
        ...blanks,
        ...loopCells(result.teacher.closed_loop),
      ],
      contends: false,
    });
  for (const { name, test, closed_loop } of scores)
    rows.push({
      cells: [name, ...openCells(test), ...choices.map((c) => test.accuracy?.[c]), ...loopCells(closed_loop)],
    });
  return table(columns, rows, style);
}

/** Where nothing varies there is nothing to explain, and no variance to measure an error by. */
const openCells = ({ nmse_mean, r2_mean, constant }: Score["test"]): Cell[] =>
  constant ? ["constant", "constant"] : [nmse_mean, r2_mean];

const MOST_NAMES = 3;

/** A system has many nodes, and the table one column for them. */
function shortened(names: string): string {
  const all = names.split(", ");
  return all.length <= MOST_NAMES ? names : `${all[0]}, … ${all.length} nodes`;
}

/** In words, each student that is no better than what it has to beat. */
export function losers(result: Comparison): string[] {
  const scores = new Map([...result.students, ...result.baselines].map((score) => [score.name, score]));
  return result.does_not_beat.map(({ student, baseline }) => loses(scores.get(student)!, scores.get(baseline)!));
}

function loses(student: Score, other: Score): string {
  const says = `${student.name} does not beat ${other.name}`;
  if (student.tuned) return `${says}${drives(student.closed_loop, other.closed_loop)}.`;
  if (student.test.constant)
    return `${says}: ${CONSTANT} in the test rows. Record longer, or from starts that differ more.`;
  const [here, there] = [student, other].map(({ test }) => test.nmse_mean.toPrecision(3));
  return `${says}: nMSE ${here} against ${there} on the test rows.`;
}

/** Where a loop is worse than another. */
function drives(own: ClosedLoop = {}, other: ClosedLoop = {}): string {
  const worse = Object.entries(own).flatMap(([metric, starts]) =>
    Object.entries(starts).flatMap(([start, { mean }]) => {
      const there = other[metric]?.[start]?.mean;
      return there === undefined || mean < there
        ? []
        : `${metric}, ${start} ${mean.toPrecision(3)} against ${there.toPrecision(3)}`;
    }),
  );
  return worse.length === 0 ? "" : `: ${worse.join("; ")}`;
}

/**
 * A Vega-Lite specification → an SVG for the page: colours are the page's own variables, so that one picture serves
 * light, dark and paper.
 */
import { parse, View } from "vega";
import { type Config, compile, type TopLevelSpec } from "vega-lite";
import { type Html, trusted } from "./html.js";

export const colour = {
  ink: "var(--ink)",
  muted: "var(--muted)",
  line: "var(--line)",
  teacher: "var(--teacher)",
  student: "var(--student)",
  second: "var(--second)",
} as const;

const font = "system-ui, sans-serif";

const config: Config = {
  aria: false,
  background: "transparent",
  font,
  padding: 2,
  view: { stroke: null },
  axis: {
    labelColor: colour.muted,
    titleColor: colour.muted,
    titleFontWeight: "normal",
    titleFontSize: 11,
    labelFontSize: 11,
    titlePadding: 6,
    domainColor: colour.line,
    tickColor: colour.line,
    gridColor: colour.line,
    gridOpacity: 0.6,
    tickSize: 4,
    labelPadding: 4,
    tickCount: 5,
  },
  axisX: { grid: false, labelFlush: true },
  legend: {
    labelColor: colour.ink,
    labelFontSize: 11,
    symbolStrokeWidth: 2,
    symbolSize: 120,
    orient: "top",
    title: null,
    offset: 6,
    direction: "horizontal",
  },
  text: { color: colour.muted, fontSize: 11 },
};

/** A mistake in a specification is a bug here, not a line on somebody's terminal. */
const strict = {
  level: () => strict,
  error: (...args: readonly unknown[]): never => {
    throw new Error(`Vega: ${args.join(" ")}`);
  },
  warn: (...args: readonly unknown[]): never => strict.error(...args),
  info: () => strict,
  debug: () => strict,
};

/**
 * Draws a picture.
 *
 * @param id makes the picture's inner ids its own on the page
 * @param label what the picture shows, for those who do not see it
 */
export async function draw(id: string, label: string, spec: object): Promise<Html> {
  const full = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", ...spec } as TopLevelSpec;
  const { spec: vega } = compile(full, { config, logger: strict as never });
  const view = new View(parse(vega), { renderer: "none", logger: strict as never });
  const svg = await view.toSVG();
  view.finalize();
  return trusted(tidy(svg, id, label));
}

/** Pictures fill their place on the page up to this factor, so that their letters stay of one size with the text. */
const MAX_ENLARGED = 1.15;

/** Inner ids in order from 0 (Vega counts on through a process), the size left to the page's style sheet. */
function tidy(svg: string, id: string, label: string): string {
  const numbers = new Map<string, string>();
  const rename = (inner: string) => {
    if (!numbers.has(inner)) numbers.set(inner, `${id}-${numbers.size}`);
    return numbers.get(inner)!;
  };
  const quoted = label.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
  return svg
    .replace(/^<svg[^>]*?width="([\d.]+)"[^>]*?height="([\d.]+)"[^>]*?>/, (_, width: string, height: string) => {
      const box = `viewBox="0 0 ${width} ${height}"`;
      return `<svg role="img" aria-label="${quoted}" ${box} style="max-width:${Math.round(Number(width) * MAX_ENLARGED)}px">`;
    })
    .replace(/\bid="([^"]+)"/g, (_, inner: string) => `id="${rename(inner)}"`)
    .replace(/url\(#([^)]+)\)/g, (_, inner: string) => `url(#${rename(inner)})`);
}

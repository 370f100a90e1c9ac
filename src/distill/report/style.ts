/** The report's style sheet: one column of text, figures in as many columns as fit; light, dark, phone and paper. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --card: #f7f8fa; --ink: #16191d; --muted: #5b6672; --line: #d9dee4;
  --teacher: #8a8f98; --student: #0b69c7; --second: #c2570c; --good: #0a7a4b; --warn: #a34700; --warn-page: #fff4e8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #111418; --card: #191e24; --ink: #e8ebef; --muted: #98a3b0; --line: #2e363f;
    --teacher: #8b95a1; --student: #5bb0ff; --second: #f0a04b; --good: #4cc38a; --warn: #ffb266; --warn-page: #2b2118;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 72rem;
  background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 2.1rem; line-height: 1.15; margin: 0; letter-spacing: -0.02em; }
h2 { font-size: 1.2rem; margin: 3rem 0 0.35rem; letter-spacing: -0.01em; }
h3 { font-size: 0.95rem; font-weight: 600; margin: 1.6rem 0 0.4rem; }
p { margin: 0.35rem 0 0.9rem; max-width: 46rem; }
.over { color: var(--muted); font-size: 0.85rem; margin: 0 0 0.35rem; }
.lead { font-size: 1.05rem; margin: 0.5rem 0 0; }
.note { color: var(--muted); font-size: 0.9rem; }
.loses { background: var(--warn-page); color: var(--warn); border-radius: 6px; padding: 0.5rem 0.8rem; width: fit-content; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: 0.88em; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 0.75rem; margin: 1.6rem 0 0; }
.numbers div { background: var(--card); border-radius: 10px; padding: 0.8rem 1rem; }
.numbers dt { color: var(--muted); font-size: 0.82rem; }
.numbers dd { margin: 0.1rem 0 0; font-size: 1.55rem; font-weight: 600; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; }
.numbers small { display: block; color: var(--muted); font-size: 0.8rem; font-weight: 400; letter-spacing: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.9rem 0.4rem 0; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, .text { text-align: left; }
thead th { color: var(--muted); font-weight: 500; vertical-align: bottom; }
thead tr + tr th { padding-top: 0; font-size: 0.85em; }
thead tr:last-child th { border-bottom: 1px solid var(--line); }
tbody td, tbody th { border-bottom: 1px solid var(--line); font-weight: 400; }
tbody tr:last-child > * { border-bottom: 0; }
td.best { color: var(--good); font-weight: 650; }
.unit, .sd { color: var(--muted); font-weight: 400; }
.role { color: var(--muted); font-size: 0.85em; margin-left: 0.5em; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 16rem), 1fr)); gap: 1.1rem 1.5rem; }
figure { margin: 0; break-inside: avoid; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
figcaption { font-size: 0.88rem; margin: 0 0 0.3rem; }
figure svg + svg { margin-top: 0.6rem; }
.phone { display: none; }
.key { display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; color: var(--muted); font-size: 0.88rem; margin: 0 0 0.8rem; }
.key span::before { content: ""; display: inline-block; width: 1.4em; margin-right: 0.45em; vertical-align: 0.28em; border-top: 3px solid var(--of); }
.key .dotted::before { border-top-style: dotted; }
pre { background: var(--card); border-radius: 8px; padding: 0.8rem 1rem; margin: 0.4rem 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1.4rem; font-size: 0.92rem; margin: 0.6rem 0; }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
footer { margin-top: 3.5rem; color: var(--muted); font-size: 0.85rem; border-top: 1px solid var(--line); padding-top: 0.9rem; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.7rem; }
  .desk { display: none; }
  .phone { display: block; }
  .numbers { grid-template-columns: 1fr 1fr; }
  .numbers dd { font-size: 1.25rem; }
  .facts { grid-template-columns: 1fr; gap: 0; }
  .facts dd { margin-bottom: 0.55rem; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #f4f5f7; --ink: #000000; --muted: #48525c; --line: #cfd5db;
    --teacher: #8a8f98; --student: #0b69c7; --second: #c2570c; --good: #0a7a4b; --warn: #a34700; --warn-page: #fff4e8;
  }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3, h2 + p, .key { break-after: avoid; }
  .figures { grid-template-columns: repeat(3, 1fr); }
  figure svg { max-width: 100% !important; }
  .scroll { overflow: visible; }
  .desk { display: block; }
  .phone { display: none; }
}
`;

/** HTML as a tagged template: everything put into it is escaped, unless it is HTML already. */

export interface Html {
  readonly html: string;
}

type Part = Html | string | number | undefined | readonly Part[];

const entities: { readonly [char: string]: string } = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char]!);

const render = (part: Part): string => {
  if (part === undefined) return "";
  if (typeof part === "string") return escapeHtml(part);
  if (typeof part === "number") return String(part);
  return "html" in part ? part.html : part.map(render).join("");
};

/**
 * @example
 * html`<td>${"<b>"}</td>`.html // "<td>&lt;b&gt;</td>"
 */
export const html = (texts: TemplateStringsArray, ...parts: Part[]): Html => ({
  html: texts.reduce((all, text, i) => all + render(parts[i - 1]) + text),
});

/** Text that is HTML already and comes from ourselves. */
export const trusted = (text: string): Html => ({ html: text });

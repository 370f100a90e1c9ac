/** The components that rules insert and no author names. */
import type { Component } from "./component.js";
import { MONITOR, monitor } from "./monitor/monitor.js";
import { RECORDER, recorder } from "./recorder/node.js";

export const inserted: { readonly [name: string]: Component } = { [RECORDER]: recorder, [MONITOR]: monitor };

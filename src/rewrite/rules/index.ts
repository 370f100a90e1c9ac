/** The one list of rewrite rules. */
import type { Rule } from "../rule.js";
import { record } from "./record.js";
import { substitute } from "./substitute.js";

export const rules: readonly Rule[] = [record, substitute];

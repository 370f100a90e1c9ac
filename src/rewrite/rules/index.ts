/** The one list of rewrite rules. */
import type { Rule } from "../rule.js";
import { diagnose } from "./diagnose.js";
import { injectFault } from "./inject-fault.js";
import { record } from "./record.js";
import { share } from "./share.js";
import { substitute } from "./substitute.js";

export const rules: readonly Rule[] = [substitute, share, diagnose, injectFault, record];

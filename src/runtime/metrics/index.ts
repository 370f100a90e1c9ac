/** The one list of metrics. */
import { finalError } from "./final-error.js";
import { mae } from "./mae.js";
import { maxError } from "./max-error.js";
import type { Metric } from "./metric.js";
import { rmse } from "./rmse.js";

export const metrics: readonly Metric[] = [rmse, mae, maxError, finalError];

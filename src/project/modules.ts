/**
 * What component files get by name, wherever they lie: the running Limbeck, and the very RxJS and XState that it runs
 * on, since a clock can only be lent to the RxJS that an operator comes from.
 */
import * as rxjs from "rxjs";
import * as operators from "rxjs/operators";
import * as xstate from "xstate";
import * as authoring from "../component/authoring.js";

export const userModules: { readonly [specifier: string]: object } = {
  limbeck: authoring,
  rxjs,
  "rxjs/operators": operators,
  xstate,
};

/** The components that have their name from Limbeck: the library, and what rewriting and inlining insert. */
import type { Component } from "../component/component.js";
import { inserted } from "../component/inserted.js";
import { library } from "../component/library.js";
import { relays } from "../component/relay.js";

export const named: { readonly [name: string]: Component } = { ...library, ...relays, ...inserted };

/** A button without its bouncing. */
import { event, stream, Type } from "limbeck";
import { debounceTime, distinctUntilChanged } from "rxjs";

export default stream({
  doc: "A contact's level once it has been still for a while, when it differs from the last one told.",
  params: Type.Object({
    quiet_ms: Type.Number({ default: 20, exclusiveMinimum: 0, unit: "ms", description: "how long it must be still" }),
  }),
  inputs: { contact: event(Type.Boolean()) },
  outputs: { level: event(Type.Boolean()) },
  connect: ({ contact }, { params }) => ({
    level: contact.pipe(debounceTime(params.quiet_ms), distinctUntilChanged()),
  }),
});

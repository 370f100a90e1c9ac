/** From the barcode that a camera read to the place of the landmark that bears it. */
import { signal, step, Type, tensor } from "limbeck";

const number = Type.Number();

/** By barcode, and by subject: the numbers of robots and landmarks alike. */
interface Known {
  readonly subjects: { readonly [barcode: number]: number };
  readonly places: { readonly [subject: number]: readonly number[] };
}

export default step({
  doc: "Keeps the tables of barcodes and landmarks as they come in, and says of each sighting where the landmark stands (m), how far away it was seen (m) and at which bearing (rad). Sightings of other robots, and of barcodes that nobody bears, are left out.",
  inputs: {
    barcode: signal(Type.Object({ subject: number, barcode: number }), { optional: true }),
    landmark: signal(Type.Object({ subject: number, position: tensor([2], { unit: "m" }) }), { optional: true }),
    sighting: signal(Type.Object({ barcode: number, range: number, bearing: number }), { optional: true }),
  },
  outputs: {
    seen: Type.Object({
      landmark: tensor([2], { unit: "m" }),
      range: Type.Number({ unit: "m" }),
      bearing: Type.Number({ unit: "rad", wraps: true }),
    }),
  },
  state: (): Known => ({ subjects: {}, places: {} }),
  step({ barcode, landmark, sighting }, { subjects, places }, { fresh }) {
    if (barcode !== undefined && fresh("barcode")) subjects = { ...subjects, [barcode.barcode]: barcode.subject };
    if (landmark !== undefined && fresh("landmark"))
      places = { ...places, [landmark.subject]: Array.from(landmark.position) };
    const place = sighting !== undefined && fresh("sighting") ? places[subjects[sighting.barcode] ?? -1] : undefined;
    const seen =
      place === undefined
        ? undefined
        : { landmark: Float64Array.from(place), range: sighting!.range, bearing: sighting!.bearing };
    return { outputs: { seen }, state: { subjects, places } };
  },
});

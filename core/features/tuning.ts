/** Lowest class edge and width of the classes of residuals, in bins. */
const LOWEST = -0.5;
const RESOLUTION = 0.01;

/** The 101 edges of the 100 classes of tuning residuals, as NumPy's `linspace` gives them. */
export const TUNING_EDGES: Float64Array = Float64Array.from({ length: 101 }, (_, i) =>
  i === 100 ? -LOWEST : i * RESOLUTION + LOWEST,
);

/** The tuning of a class: its lower edge; without any peaks (class -1) it is 0. */
export function tuningOfClass(index: number): number {
  return index < 0 ? 0 : TUNING_EDGES[index]!;
}

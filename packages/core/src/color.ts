/** The two environments of an app. Which one is live is the only thing a cutover changes. */
export const colors = ["blue", "green"] as const;

export type Color = (typeof colors)[number];

/** One value a color. */
export type PerColor<T> = Readonly<Record<Color, T>>;

export function isColor(value: unknown): value is Color {
  return value === "blue" || value === "green";
}

export function otherColor(color: Color): Color {
  return color === "blue" ? "green" : "blue";
}

/** Builds a value for each color, blue first. */
export function perColor<T>(make: (color: Color) => T): Record<Color, T> {
  return { blue: make("blue"), green: make("green") };
}

import { isObject, type Properties, reveal, Secret, UNKNOWN, type Value } from "../property-values.ts";
import type { CheckFailure } from "../provider-server.ts";

const LOGGING = ["none", "stdout", "stderr", "stdoutAndStderr"];

type Shape = "string" | "boolean" | "strings" | "values" | "map" | "logging";

/** The inputs of `command:local:Command`. `assetPaths` and `archivePaths` are left out on purpose. */
const SHAPES: { [property: string]: Shape } = {
  create: "string",
  update: "string",
  delete: "string",
  interpreter: "strings",
  environment: "map",
  stdin: "string",
  dir: "string",
  triggers: "values",
  logging: "logging",
  addPreviousOutputInEnv: "boolean",
};

export const inputNames: readonly string[] = Object.keys(SHAPES);

/** Every fault of the inputs, each naming its property. */
export function checkInputs(inputs: Properties): CheckFailure[] {
  return Object.entries(inputs).flatMap(([property, value]) => {
    const shape = SHAPES[property];
    if (!shape) {
      return [
        { property, reason: `the command stand-in has no property "${property}"; it has ${inputNames.join(", ")}` },
      ];
    }
    return fits(shape, value) ? [] : [{ property, reason: `"${property}" must be ${describe(shape)}` }];
  });
}

function fits(shape: Shape, wrapped: Value): boolean {
  const value = wrapped instanceof Secret ? reveal(wrapped) : wrapped;
  if (value === UNKNOWN || value === null) return true;
  switch (shape) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "strings":
      return Array.isArray(value) && value.every((inner) => fits("string", inner));
    case "values":
      return Array.isArray(value);
    case "map":
      return isObject(value) && Object.values(value).every((inner) => fits("string", inner));
    case "logging":
      return typeof value === "string" && LOGGING.includes(value);
  }
}

function describe(shape: Shape): string {
  switch (shape) {
    case "strings":
      return "a list of strings";
    case "values":
      return "a list";
    case "map":
      return "a map of strings";
    case "logging":
      return `one of ${LOGGING.join(", ")}`;
    default:
      return `a ${shape}`;
  }
}

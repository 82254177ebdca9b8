import { containsUnknown, isObject, type Properties, type Value } from "../property-values.ts";
import { apiVersionOf, type KubeObject, kindOf, take } from "./object.ts";

/** Set by the API server alone; an input that has them would differ for ever. */
const READ_ONLY_METADATA = [
  ...["creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"],
  ...["generation", "managedFields", "resourceVersion", "uid"],
];

export const isSecret = (object: KubeObject) => apiVersionOf(object) === "v1" && kindOf(object) === "Secret";
export const isConfigMap = (object: KubeObject) => apiVersionOf(object) === "v1" && kindOf(object) === "ConfigMap";

/**
 * A copy in the form in which the API server would give it back. The official plugin does that with Kubernetes' own
 * types; here it is what programs really write in more than one way: `stringData`, nulls, empty values of environment
 * variables, and quantities. (Of other values that Kubernetes drops, {@link ./diff.ts} takes care.)
 */
export function normalize(inputs: KubeObject): KubeObject {
  const object = structuredClone(inputs);
  if (!containsUnknown(object)) {
    if (isSecret(object)) normalizeSecret(object);
    else normalizeFields(object);
  }
  for (const name of READ_ONLY_METADATA) take(object, "metadata", name);
  return object;
}

/** Text wins over bytes of the same name, and is kept as bytes. */
function normalizeSecret(secret: KubeObject): void {
  const { stringData, data } = secret;
  const texts = isObject(stringData as Value) ? Object.entries(stringData as Properties) : [];
  if (texts.length > 0) {
    const encoded = texts.map(([name, text]) => [name, Buffer.from(String(text)).toString("base64")]);
    secret.data = { ...(isObject(data as Value) ? (data as Properties) : {}), ...Object.fromEntries(encoded) };
    delete secret.stringData;
  } else if (isObject(data as Value)) {
    // White space and missing padding don't survive the API server.
    const decoded = Object.entries(data as Properties).map(([name, bytes]) => [
      name,
      Buffer.from(String(bytes), "base64").toString("base64"),
    ]);
    secret.data = Object.fromEntries(decoded);
  }
}

function normalizeFields(object: Properties): void {
  for (const [key, value] of Object.entries(object)) {
    if (value === null) delete object[key];
    else if (Array.isArray(value)) {
      for (const item of value.filter(isObject)) {
        if (key === "env" && item.value === "") delete item.value;
        normalizeFields(item);
      }
    } else if (isObject(value)) {
      if (QUANTITIES.includes(key)) normalizeQuantities(value);
      normalizeFields(value);
    }
  }
}

/** Maps of quantities, whatever the kind they are found in. */
const QUANTITIES = ["limits", "requests", "hard"];

function normalizeQuantities(quantities: Properties): void {
  for (const [name, quantity] of Object.entries(quantities)) {
    if (typeof quantity === "string" || typeof quantity === "number") quantities[name] = normalQuantity(`${quantity}`);
  }
}

const BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [suffix: string, thousandths: bigint][] = [
  ["m", 1n],
  ["", 1000n],
  ...["k", "M", "G", "T", "P", "E"].map((suffix, at): [string, bigint] => [suffix, 1000n ** BigInt(at + 2)]),
];

/** The shortest form with a whole number in the same family of units: "0.5" is "500m", "1024Mi" is "1Gi". */
export function normalQuantity(text: string): string {
  const [, number = "", suffix = ""] = /^(\d+(?:\.\d{1,3})?)(m|[kMGTPE]i?|Ki)?$/.exec(text) ?? [];
  if (number === "") return text;
  const [whole = "0", fraction = ""] = number.split(".");
  const thousandths = BigInt(whole) * 1000n + BigInt(fraction.padEnd(3, "0"));
  if (suffix.endsWith("i")) {
    let power = BINARY.indexOf(suffix);
    let amount = thousandths * 1024n ** BigInt(power);
    if (amount % 1000n !== 0n) return text;
    amount /= 1000n;
    for (power = 0; power < BINARY.length - 1 && amount > 0n && amount % 1024n === 0n; power++) amount /= 1024n;
    return `${amount}${BINARY[power]}`;
  }
  const unit = DECIMAL.find(([name]) => name === suffix)![1];
  const scaled = thousandths * unit;
  if (scaled % 1000n !== 0n) return text;
  const amount = scaled / 1000n;
  const [largest, size] = DECIMAL.findLast(([, each]) => amount % each === 0n) ?? ["m", 1n];
  return amount === 0n ? "0" : `${amount / size}${largest}`;
}

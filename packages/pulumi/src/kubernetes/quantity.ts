/** Suffixes of quantities (kubernetes.io/docs, "Quantity"). */
const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Kubernetes' way to write numbers: `250m` is 0.25, `128Mi` 134217728; `null` for what is none. */
export function quantity(text: string): number | null {
  const match = /^([+-]?\d*\.?\d+(?:[eE][+-]?\d+)?)([numkMGTPE]|[KMGTPE]i)?$/.exec(text.trim());
  const factor = suffixes[match?.[2] ?? ""];
  return match === null || factor === undefined ? null : Number(match[1]) * factor;
}

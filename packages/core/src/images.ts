/** What images really run of each service, as the platform resolved them: `registry/shop@sha256:…`. */
export type Images = Readonly<Record<string, readonly string[]>>;

/** Only what a registry gave can be compared: the same image built into two nodes has two ids. */
const digest = (image: string): string | null => /@(sha256:[0-9a-f]+)$/.exec(image)?.[1] ?? null;

/** One line a service of which something else runs than was verified: its tag was moved meanwhile. */
export function strangeImages(verified: Images, running: Images): string[] {
  return Object.entries(running).flatMap(([service, images]) => {
    const known = (verified[service] ?? []).map(digest);
    if (known.length === 0 || known.includes(null)) return [];
    const strange = images.map(digest).filter((one) => one !== null && !known.includes(one));
    const [first] = strange;
    return first ? [`${service} runs the image ${first}, and ${known.join(", ")} was verified: its tag was moved`] : [];
  });
}

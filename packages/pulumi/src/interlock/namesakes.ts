/** Identities: the component's name and what the interlock adds to it. */
const identity = /^(.+)-[0-9a-f]{6}$/;

/** The apps that a component of this name has made, among these identities; each once. */
export function namesakesAmong(name: string, apps: readonly (string | undefined)[]): string[] {
  return [...new Set(apps)].filter((app) => app !== undefined && identity.exec(app)?.[1] === name).sort() as string[];
}

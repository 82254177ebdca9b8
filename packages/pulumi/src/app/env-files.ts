import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseEnv } from "node:util";
import {
  type Color,
  colors,
  type Fault,
  oneLine,
  otherColor,
  type ServiceSettings,
  type Settings,
} from "@bluegreen/core";

/** Variables of a service's `.env` files; the last file that names one decides. */
export function readEnvFiles(color: Color, { envFiles }: ServiceSettings): Record<string, string> {
  const files = envFiles.map((template) => readEnvFile(fileOf(template, color)));
  return Object.assign({}, ...files.map((file) => file.variables ?? {}));
}

/** What is missing in a color's environment: files that can't be read, and variables that the program requires. */
export function environmentFaults(color: Color, settings: Settings): Fault[] {
  return servicesOf(color, settings).flatMap(([name, service]) => {
    const unreadable = service.envFiles.flatMap((template) => unreadableFault(color, name, template));
    // What the files would have said is not known then.
    return unreadable.length > 0 ? unreadable : missingFaults(color, name, service);
  });
}

/** One line a service whose `.env` files name variables for one color only: the other one may miss them. */
export function lackingVariables(settings: Settings): string[] {
  return Object.entries(settings.services).flatMap(([name, service]) => {
    const released = colors.every((color) => settings.releases[color]?.images[name] !== undefined);
    if (!released) return [];
    return colors.flatMap((color) => {
      const has = Object.keys(readEnvFiles(otherColor(color), service));
      const own = { ...readEnvFiles(color, service), ...service.env, ...service.secrets };
      const lacks = has.filter((variable) => !(variable in own));
      if (lacks.length === 0) return [];
      const [file, other] = [color, otherColor(color)].map((one) => shownFiles(one, service));
      return `${file} lacks ${lacks.join(", ")}, which ${other} has (services.${name}.requiredEnv makes that an error)`;
    });
  });
}

function unreadableFault(color: Color, service: string, template: string): Fault[] {
  const file = fileOf(template, color);
  const { problem } = readEnvFile(file);
  if (problem === null) return [];
  const fix = `create it, or take "${oneLine(template, 60)}" out of services.${service}.envFiles`;
  return [
    {
      code: "env-file-unreadable",
      problem: `${color} ${service} needs ${oneLine(file, 200)}, and ${problem}`,
      at: `services.${service}.envFiles`,
      fix,
    },
  ];
}

function missingFaults(color: Color, name: string, service: ServiceSettings): Fault[] {
  const given = { ...service.env, ...service.secrets };
  const read = readEnvFiles(color, service);
  const where = service.envFiles.length > 0 ? shownFiles(color, service) : `services.${name}.env or .secrets`;
  return service.requiredEnv.flatMap((variable): Fault[] => {
    if (variable in given || read[variable]) return [];
    const what = variable in read ? `${variable} is empty in ${where}` : `there is no ${variable} in ${where}`;
    const fix = `give it there, or take it out of services.${name}.requiredEnv`;
    return [
      {
        code: "missing-variable",
        problem: `${color} ${name} needs ${variable}, and ${what}`,
        at: `services.${name}.requiredEnv`,
        fix,
      },
    ];
  });
}

function servicesOf(color: Color, settings: Settings): [string, ServiceSettings][] {
  const released = settings.releases[color]?.images ?? {};
  return Object.entries(settings.services).filter(([name]) => released[name] !== undefined);
}

function fileOf(template: string, color: Color): string {
  return resolve(template.replaceAll("{color}", color));
}

/** As who runs Pulumi in the project's folder would name them. */
function shownFiles(color: Color, { envFiles }: ServiceSettings): string {
  return envFiles.map((template) => relative(".", fileOf(template, color))).join(", ");
}

interface EnvFile {
  readonly variables: Record<string, string | undefined> | null;
  /** Why it can't be read; `null` when it can. */
  readonly problem: string | null;
}

function readEnvFile(file: string): EnvFile {
  try {
    return { variables: parseEnv(readFileSync(file, "utf8")), problem: null };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { variables: null, problem: code === "ENOENT" ? "there is no such file" : `it can't be read (${code})` };
  }
}

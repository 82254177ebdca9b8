import type { Color } from "./color.ts";
import type { Breach, Fault } from "./fault.ts";
import type { Sight } from "./interlock.ts";

/** What the interlock says to a wish that breaks a rule: problem, place and way out of each. */

export function occupied({ what, by }: Sight & { kind: "occupied" }): Breach {
  if (by !== null) {
    const fix = `choose a name of its own, or if that app's state was lost, take it over with \`takeOver: "${by}"\``;
    return refused({ code: "router-occupied", problem: `${what} belongs to the app ${by}`, at: "router.name", fix });
  }
  const problem = `${what} is there already, and this app did not make it`;
  return refused({
    code: "router-occupied",
    problem,
    at: "router.name",
    fix: "choose another name, or take it over with `adopt: true`",
  });
}

export function unfit({ what, problem }: Sight & { kind: "unfit" }): Breach {
  const fix = "name in `ports` the one of its ports that users meet: `ports: [{ port: 80 }]`";
  return refused({
    code: "router-unfit",
    problem: `${what} is to be adopted, and ${problem}`,
    at: "router.ports",
    fix,
  });
}

export function nothingToTakeOver(): Breach {
  const problem = "nothing is there of the app that is to be taken over";
  return refused({
    code: "nothing-to-take-over",
    problem,
    at: "takeOver",
    fix: "look whether platform and identity are right, or remove it",
  });
}

export function movesAtOnce(live: Color, wish: Color): Breach {
  return refused({
    code: "takeover-switches",
    problem: `the app that is taken over is live with ${live}, and you want ${wish}`,
    at: "activeColor",
    fix: `set it to ${live} for now, and switch once the app is this stack's`,
  });
}

export function noRelease(color: Color): Breach {
  return refused({
    code: "no-release",
    problem: `activeColor is "${color}", and ${color} has no release`,
    at: `releases.${color}`,
    fix: `give ${color} a version and images, or set activeColor to the other color`,
  });
}

export function liveChanged(color: Color, from: string, to: string, allowed: boolean): Breach {
  const fault: Fault = {
    code: "live-release-changed",
    problem: `${color} is live with version "${from}"; version "${to}" would change it under its users`,
    at: `releases.${color}.version`,
    fix: "give the idle color the new version and switch to it, or set `allowLiveChange`",
  };
  return { fault, override: allowed ? `allowLiveChange ${color} ${from} -> ${to}` : null };
}

export function liveRemoved(color: Color, version: string): Breach {
  return refused({
    code: "live-release-removed",
    problem: `${color} is live with version "${version}", and the program has no release for it any more`,
    at: `releases.${color}`,
    fix: "switch to the other color first, then remove it",
  });
}

/** Nothing allows it. */
function refused(fault: Fault): Breach {
  return { fault, override: null };
}

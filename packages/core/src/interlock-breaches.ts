import type { Color } from "./color.ts";
import type { Breach, Fault } from "./fault.ts";
import type { Sight } from "./interlock.ts";
import { describeMover, describePlace, type Latch, type Observation } from "./record.ts";

/**
 * What the interlock says to a wish that breaks a rule: problem, place and way out of each. What is past a point of no
 * return is worded in `no-return.ts`, what finds no room in `capacity.ts`.
 */

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

/** `override`: the word in the program that allows it, if there is one. */
export function moved(seen: Observation, wish: Color, override: string | null): Breach {
  const adopt = seen.color === "foreign" ? "" : `\`pulumi config set activeColor ${seen.color}\` to adopt it, or `;
  const to = describePlace(seen);
  const fault: Fault = {
    code: "moved",
    problem: `traffic was moved by someone else: the router sends it to ${to}, you want ${wish}; ${describeMover(seen)}`,
    at: "the router",
    fix: `${adopt}\`force: "${seen.color}"\` to take it back`,
  };
  return { fault, override };
}

/** `retry`: what the program names, to be tried once more. */
export function latched(color: Color, latch: Latch, retry: string | null): Breach {
  const name = nameOf(latch);
  const where = latch.color === color ? "" : ` on ${latch.color}`;
  const fault: Fault = {
    code: "latched",
    problem: `${color} ${latch.release} was reverted after going live${where} (attempt ${latch.attempt}, ${latch.at}): ${latch.reason}`,
    at: "activeColor",
    fix: `give ${color} a new version, set activeColor back, or name it once more with \`retry: "${name}"\``,
  };
  return { fault, override: retry === name ? `retry ${name}` : null };
}

/** As `retry` names it. */
export function nameOf({ release, attempt }: Latch): string {
  return `${release}#${attempt}`;
}

/** Nothing allows it. */
function refused(fault: Fault): Breach {
  return { fault, override: null };
}

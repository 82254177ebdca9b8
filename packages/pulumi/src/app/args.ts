import type { Duration, Size } from "@bluegreen/core";
import type * as pulumi from "@pulumi/pulumi";
import type { Check } from "../checks/check.ts";
import type { CommandCheck } from "../checks/command.ts";
import type { JobCheck } from "../checks/job.ts";
import type { CaddySettings } from "../docker/caddy/settings.ts";
import type { ContainerTransform } from "../docker/declare/container-spec.ts";
import type { DockerPlatform } from "../docker/settings.ts";
import type { DeploymentTransform } from "../kubernetes/declare/deployment-spec.ts";
import type { ObjectTransform } from "../kubernetes/declare/transform.ts";
import type { IngressRouter, ServiceRouter } from "../kubernetes/routers/settings.ts";
import type { KubernetesPlatform } from "../kubernetes/settings.ts";
import type { NoRouterArgs } from "../workers/settings.ts";

export interface BlueGreenAppArgs {
  /**
   * The color that is to be live: `"blue"` or `"green"`, usually `config.require("activeColor")`. An output of another
   * resource may be unknown in the first preview only: later ones have to say what would be switched.
   */
  readonly activeColor: pulumi.Input<string>;
  /** What each color runs. A color may be left out while it has nothing to run. */
  readonly releases: { readonly blue?: ReleaseArgs | undefined; readonly green?: ReleaseArgs | undefined };
  /** The services of a color, by name. They find each other by these names, inside their color only. */
  readonly services: Readonly<Record<string, ServiceArgs>>;
  /** Where it runs. @example docker() @example kubernetes({ namespace: "shop" }) */
  readonly platform: DockerPlatform | KubernetesPlatform;
  /**
   * What stands in front: `caddy()` on Docker, `service()` or `ingress()` on Kubernetes, `none()` for workers on both.
   * Several of them, at most 20, expose a service each and switch as one, in this order: all of them or none.
   * @example caddy({ expose: "web", port: 8080 })
   * @example [caddy({ expose: "web", port: 8080 }), caddy({ expose: "chat", port: 8090 })]
   */
  readonly router: RouterArgs | NoRouterArgs | readonly RouterArgs[];
  /**
   * Checks of the candidate that must all pass before the switch.
   * @default what the release calls `ready` of the exposed service, healthy for 5 s; of several, of each that no `http()` names; with
   * `none()` `running()`, what runs before the switch, for 5 s
   */
  readonly gates?: readonly Check[] | undefined;
  /** Checks through the live address after the switch; a breach reverts it. */
  readonly verification?: VerificationArgs | undefined;
  /**
   * What a rollback has to show: a switch to a release that was live to the end of its bake, was not reverted since, and
   * has the very containers that it had then. `gates` are not asked for it.
   */
  readonly rollback?: RollbackArgs | undefined;
  /**
   * How long connections that the color left behind still holds get to end: those that clients keep alive, and
   * websockets. They are ended by a graceful restart of that color's exposed service, one half after the other.
   * `null` leaves them where they are.
   * @default "30s" on Kubernetes, which never moves them by itself; `null` on Docker, where Caddy moves all but websockets
   */
  readonly drain?: { readonly within: Duration } | null | undefined;
  /**
   * What becomes of a candidate that a gate or the cutover has refused, or that was reverted: it runs on, to be looked at,
   * or is stopped (Kubernetes: scaled to zero). The next attempt starts it again before its gates. Nothing that live
   * traffic goes to is ever stopped; exclusive services of `none()` never run on.
   * @default "keep"; "stop" with `none()`, where what runs would work
   */
  readonly failedCandidate?: "keep" | "stop" | undefined;
  /**
   * What becomes of a color after it was live (Kubernetes): kept as it is, scaled to zero by the `up` that left it, or by
   * the first `up` after this long. A rollback scales it up again before its gates run.
   * @default "warm"; with `none()` always "zero"
   */
  readonly retire?: "warm" | "zero" | { readonly after: Duration } | undefined;
  /** Allows another version on the live color in place, under its users. @default false */
  readonly allowLiveChange?: boolean | undefined;
  /**
   * Deploys what certainly has no room beside the live color: memory and CPUs of the Docker host by the services'
   * `resources`, or allocatable and quotas by the pods' requests. For clusters that grow by themselves. @default false
   */
  readonly allowOvercommit?: boolean | undefined;
  /** Takes traffic back that someone else moved: the color it is at now, or `"foreign"`. Ends to matter by itself. */
  readonly force?: string | undefined;
  /** Tries a latched release once more: `VERSION#ATTEMPT`, as the refusal names it. */
  readonly retry?: string | undefined;
  /**
   * The version past whose point of no return a switch may go back, because you know that it can. It allows that as long
   * as it is there, and the journal has it.
   */
  readonly returnPast?: string | undefined;
  /**
   * Identity of a living app whose Pulumi state was lost, as refusals and its labels name it: `shop-3f2a1c`. A stack without
   * state takes it over as it runs, and changes nothing of it; each color must have the version in the program that runs of
   * it. Nobody knows any more with which settings that was made, so the program's count from then on. Another stack that
   * still has it must be forgotten first (`pulumi stack rm --force`). Given to a stack that has the app, it takes back, in
   * that one run, what its state has lost (`pulumi state delete`) of the router and of releases that were live.
   */
  readonly takeOver?: string | undefined;
  /** Last word on what the library renders. */
  readonly transform?: {
    /**
     * Applied before a release is recorded, so a change of it reaches a color with its next version. Variables, labels,
     * networks and volumes come beside the library's; a property that it could not work without is refused.
     */
    readonly container?: ContainerTransform;
    /** The same on Kubernetes. */
    readonly deployment?: DeploymentTransform;
    /** Applied to every other Kubernetes object, at once; to those of a release that was live with that color's next one. */
    readonly object?: ObjectTransform;
  };
}

export type RouterArgs = CaddySettings | ServiceRouter | IngressRouter;

export interface ReleaseArgs {
  /** Names the release: 1 to 100 letters, digits and `_ . + -`. What runs under a version never changes once it was live. */
  readonly version: string;
  /** Image a service. Services without one are not part of this release. Recorded by id. */
  readonly images: Readonly<Record<string, pulumi.Input<string>>>;
  /** What this release needs of a database that both colors share. */
  readonly migrations?: MigrationArgs | undefined;
}

/**
 * A release's changes to what both colors share, in two phases. Each runs once for a version, however often `pulumi up`
 * does; one that was cut off or failed runs again, so it must be able to begin over. They are told
 * `BLUEGREEN_MIGRATION` (`expand` or `contract`), `BLUEGREEN_COLOR` and `BLUEGREEN_RELEASE`.
 */
export interface MigrationArgs {
  /**
   * Runs before anything of the release starts, also where it is not to be live yet: what its code needs is there then.
   * The old release works on beside it, and after a revert alone: take nothing from it, rename nothing, and let each
   * read what the other one writes.
   */
  readonly expand?: MigrationStep | undefined;
  /**
   * Runs once the release has been live for its whole bake and connections are drained, never after a revert. Nobody
   * can switch while it runs. A release that is left before its contract was run is not contracted any more.
   */
  readonly contract?: MigrationStep | undefined;
  /**
   * `false`: there is no way back. Once the contract has begun (without one: once the cutover to this release is done) a
   * switch to a release that was live before it is refused, unless `returnPast` names this one.
   * @default false with a contract, true without
   */
  readonly reversible?: boolean | undefined;
}

/** `command()`, where Pulumi runs, or `job()`, in the cluster. Its time limit is 10 min where none is given. */
export type MigrationStep = CommandCheck | JobCheck;

export interface ReadyArgs {
  readonly path: string;
  /** @default the service's own */
  readonly port?: number;
  /** @default whatever address is used */
  readonly host?: string;
  /** What that port speaks. @default "http" */
  readonly scheme?: "http" | "https";
}

export interface ServiceArgs {
  /** The port it listens on; needed where the router exposes it. Part of a release, as all by which it is reached. */
  readonly port?: number | undefined;
  /**
   * Path that answers 200 when it can take requests, and its port where that is another one than the service's; needed
   * where the router exposes it. `host` is the `Host` that probes and checks ask for, where the release answers to no
   * other: without it that is whatever address they use. `scheme: "https"`: that port speaks TLS, with any certificate, as
   * Kubernetes' probes take it; of the service's own port that is not for `caddy()`. A live address does not lead to another
   * port: without an `http()` of your own verification then asks `/` there, which any answer below 500 satisfies.
   * @example "/health/ready" @example { path: "/ready", port: 9090 } @example { path: "/up", host: "shop.example.org" }
   */
  readonly ready?: string | ReadyArgs | undefined;
  /**
   * Containers a color. An edit applies at once, to both colors; between edits a color that was scaled by hand (Kubernetes)
   * keeps its size, and the next candidate gets as many. @default 1
   */
  readonly replicas?: number | undefined;
  /** Overrides the image's command. */
  readonly command?: readonly pulumi.Input<string>[] | undefined;
  /** Overrides the image's entrypoint. */
  readonly entrypoint?: readonly pulumi.Input<string>[] | undefined;
  /** Environment variables. Secret outputs are kept secret. Names that begin with `BLUEGREEN_` are the library's. */
  readonly env?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** Files of `NAME=value` lines, kept secret; `{color}` becomes the color. @example [".env.{color}"] */
  readonly envFiles?: readonly string[] | undefined;
  /** Environment variables that are always secret. */
  readonly secrets?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /**
   * Names of variables without which the service is not to be deployed: each color has to be given all of them, by `env`,
   * `secrets` or a `.env` file. @default none
   */
  readonly requiredEnv?: readonly string[] | undefined;
  /** Volumes by the path they are mounted at: one a color, or one for both. They outlive releases. */
  readonly volumes?: Readonly<Record<string, { readonly shared?: boolean; readonly readOnly?: boolean }>> | undefined;
  /** Limits of each container: memory such as `"512MB"`, and CPUs such as `0.5`. @default none */
  readonly resources?: { readonly memory?: Size; readonly cpus?: number } | undefined;
  /** User the container runs as; on Kubernetes a number. @default the image's */
  readonly user?: string | undefined;
  /** What only Kubernetes knows. */
  readonly kubernetes?: KubernetesServiceArgs | undefined;
}

export interface KubernetesServiceArgs {
  /** Requests, where they are not to be the same as the limits (`resources`). */
  readonly requests?: { readonly memory?: Size; readonly cpus?: number } | undefined;
  /** Path of the liveness probe. @default none */
  readonly alive?: string | undefined;
  /** A HorizontalPodAutoscaler a color, by mean CPU use in percent of the request (80). Takes over from `replicas`. */
  readonly autoscale?: { readonly min: number; readonly max: number; readonly cpu?: number } | undefined;
  /** A PodDisruptionBudget a color: pods that stay while nodes are drained. @default none */
  readonly minAvailable?: number | undefined;
  /** Label of nodes over which the pods are spread. @example "topology.kubernetes.io/zone" */
  readonly spread?: string | undefined;
  /** Seconds that a pod gets to end its requests after SIGTERM. @default 30, as Kubernetes' own */
  readonly stopGrace?: number | undefined;
}

export interface RollbackArgs {
  /**
   * Checks of the color that traffic goes back to; that it is ready is asked in any case.
   * @default the `ready` path of each exposed service, once; with `none()` that what runs before the switch does
   */
  readonly gates?: readonly Check[] | undefined;
  /**
   * How long the color is watched afterwards, by `verification.checks`; a breach sends traffic back to where it came from.
   * @default "5s", or the bake of `verification` where that is shorter, by the `ready` paths alone
   */
  readonly bake?: Duration | undefined;
}

export interface VerificationArgs {
  /**
   * What the color is watched by. HTTP checks of exposed services go through the live address; there is always one.
   * @default what the release calls `ready` of the exposed service; of several, of each that no `http()` names
   */
  readonly checks?: readonly Check[] | undefined;
  /** Good answers of the new color in a row before the bake begins. @default 5 */
  readonly answers?: number | undefined;
  /** How long the new color is watched before the cutover counts as done. @default "10s" */
  readonly bake?: Duration | undefined;
  /** Pause between two rounds of checks during the bake. @default "1s" */
  readonly interval?: Duration | undefined;
  /**
   * Failed checks at which the cutover reverts. During the bake a round in which a backend of the new color has ended by
   * itself, and was started again, counts as one. A check that can't tell anything five times in a row, or at the end of
   * the bake, reverts by itself. @default 1
   */
  readonly failureLimit?: number | undefined;
}

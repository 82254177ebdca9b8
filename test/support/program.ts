/**
 * The program of the test projects. What a user keeps in stack config comes from there; what a user edits in the program
 * comes from `shop.json` beside it, so that a test can say in one line what it edits.
 */
export const program = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import { BlueGreenApp, none } from "@bluegreen/pulumi";
import { command, http, job } from "@bluegreen/pulumi/checks";
import { caddy, docker } from "@bluegreen/pulumi/docker";
import { ingress, kubernetes, service } from "@bluegreen/pulumi/kubernetes";

const config = new pulumi.Config();
const edits = JSON.parse(readFileSync("shop.json", "utf8"));
const secretValues = (values) => Object.fromEntries(Object.entries(values ?? {}).map(([name, value]) => [name, pulumi.secret(value)]));
const runs = ({ secretEnv, ...it }) => (it.image ? job : command)({ ...it, env: { ...it.env, ...secretValues(secretEnv) } });
const made = (gate) => (gate.kind ? gate : gate.path ? http(gate) : runs(gate));
const gates = edits.gates?.map(made);
const phases = ({ expand, contract, ...more }) => ({ ...more, ...(expand && { expand: runs(expand) }), ...(contract && { contract: runs(contract) }) });
const secrets = Object.fromEntries((edits.secrets ?? []).map((name) => [name, config.requireSecret(name)]));

// A build, as far as previews are concerned: unknown whenever it has to run again.
const build = edits.build && new local.Command("build", { create: "echo localhost/bluegreen/shop", triggers: [edits.build] });

function release(color) {
  const version = config.get(color);
  if (!version) return {};
  const given = edits.migrations?.[color];
  const reference = (tag) => tag.includes(":") ? tag : (build ? pulumi.interpolate\`\${build.stdout}:\${tag}\` : "localhost/bluegreen/shop:" + tag);
  const images = Object.fromEntries(Object.entries(edits.images[color]).map(([service, tag]) => [service, reference(tag)]));
  return { [color]: { version, images, ...(given && { migrations: phases(given) }) } };
}

// A cluster that the program names itself, or that is made by another resource of the same program.
const file = process.env.BLUEGREEN_KUBECONFIG;
const kubeconfigs = {
  given: () => pulumi.secret(readFileSync(file, "utf8")),
  made: () => pulumi.secret(new local.Command("cluster", { create: "cat " + file, logging: "none" }, { additionalSecretOutputs: ["stdout"] }).stdout),
};
const cluster = edits.kubeconfig ? { kubeconfig: kubeconfigs[edits.kubeconfig]() } : {};

// A provider in the apps' options that goes elsewhere than the ambient one.
const providers = {
  docker: async () => new (await import("@pulumi/docker")).Provider("there", { host: process.env.BLUEGREEN_THERE }),
  kubernetes: async () => new (await import("@pulumi/kubernetes")).Provider("there", { kubeconfig: kubeconfigs.made() }),
};
const there = edits.provider ? { provider: await providers[edits.provider]() } : {};

// Transforms that put a mark on whatever is declared, and that say what the pods bear.
const marked = ({ metadata, ...rest }) => ({ ...rest, metadata: { ...metadata, annotations: { ...metadata.annotations, mark: edits.mark } } });
const pods = (spec) => ({ ...spec, ...(edits.mark && { workingDir: edits.mark }), pod: { ...spec.pod, ...edits.pod } });
const transform = { ...(edits.mark && { object: marked }), deployment: pods };

// What a company puts on all that is declared, whoever declares it: tags, also on pods.
const tag = ({ type, props, opts }) => {
  const tags = { team: edits.stackTag };
  const tagged = (of) => ({ ...of, metadata: { ...of.metadata, labels: { ...of.metadata?.labels, ...tags } } });
  if (type === "docker:index/container:Container") return { props: { ...props, labels: [...(props.labels ?? []), { label: "team", value: edits.stackTag }] }, opts };
  if (type !== "kubernetes:apps/v1:Deployment") return undefined;
  return { props: { ...tagged(props), spec: { ...props.spec, template: tagged(props.spec.template) } }, opts };
};
if (edits.stackTag) pulumi.runtime.registerResourceTransform(tag);

const makers = { docker, kubernetes, caddy, ingress, none, service };
const make = ({ kind, ...settings }) => makers[kind](settings);
const front = (router) => make({ expose: "web", ...router, ...edits.router });

// A color that another resource says, unknown whenever it is to change.
const said = (name, color) => new local.Command(name + "-color", { create: "echo " + color, triggers: [color] }).stdout;

const apps = [];
for (const { name, router, after, asks, formerly } of edits.apps) apps.push(new BlueGreenApp(name, {
  activeColor: (asks ? (color) => said(formerly ?? name, color) : String)(config.get(name + "Color") ?? config.require("activeColor")),
  releases: { ...release("blue"), ...release("green") },
  services: {
    ...edits.services,
    web: {
      port: 8080,
      ready: "/health/ready",
      ...edits.services?.web,
      env: { ...edits.services?.web?.env, ...secretValues(edits.secretEnv) },
      secrets: { ...secrets, ...secretValues(edits.secretValues) },
    },
  },
  platform: make({ ...edits.place, ...edits.platform, ...cluster }),
  router: Array.isArray(router) ? router.map(front) : front(router),
  ...(gates ? { gates } : {}),
  verification: {
    bake: "1s",
    interval: "100ms",
    ...edits.verification,
    ...(edits.checkEnv ? { checks: edits.verification.checks.map((check) => (check.kind === "command" ? { ...check, env: secretValues(edits.checkEnv) } : check)) } : {}),
  },
  // Going back has to show as much as going on, unless it is the rollback that is tested.
  rollback: edits.rollback ? { ...edits.rollback, gates: edits.rollback.gates?.map(made) } : { gates, bake: edits.verification?.bake ?? "1s" },
  ...(edits.drain === undefined ? {} : { drain: edits.drain }),
  ...(edits.mark || edits.pod ? { transform } : {}),
  force: config.get("force"),
  retry: config.get("retry"),
  ...edits.args,
}, {
  ...there,
  ...edits.options,
  ...(after ? { dependsOn: [...apps] } : {}),
  ...(formerly ? { aliases: [{ name: formerly }] } : {}),
}));

// Smoke tests, as far as the order is concerned: one waits for the app, the other one uses its address.
if (edits.smoke) {
  const triggers = [config.require("activeColor")];
  const now = "node -p 'new Date().toISOString()'";
  new local.Command("smoke", { create: now, triggers }, { dependsOn: [apps[0]] });
  new local.Command("smoke-url", { create: now, environment: { URL: apps[0].url }, triggers });
}

export const url = apps[0].url;
export const urls = apps[0].urls;
export const candidateUrl = apps[0].candidateUrl;
export const activeColor = apps[0].activeColor;
export const release_ = apps[0].release;
export const cutover = apps[0].cutover;
export const lastAttempt = apps[0].lastAttempt;
export const migrations = apps[0].migrations;
export const pending = apps[0].pending;
export const drift = apps[0].drift;
`;

const pulumi = require("@pulumi/pulumi");
const { BlueGreenApp } = require("@bluegreen/pulumi");
const { http } = require("@bluegreen/pulumi/checks");
const { caddy, docker } = require("@bluegreen/pulumi/docker");

const config = new pulumi.Config();
const release = (color) => {
  const version = config.require(color);
  return { version, images: { web: `${config.require("image")}:${version}` } };
};

const app = new BlueGreenApp("shop", {
  activeColor: config.require("activeColor"),
  releases: { blue: release("blue"), green: release("green") },
  services: { web: { port: 8080, ready: "/health/ready" } },
  platform: docker(),
  router: caddy({
    expose: "web",
    port: config.requireNumber("port"),
    bind: "127.0.0.1",
    image: config.get("routerImage"),
  }),
  gates: [http({ path: "/health/ready", healthyFor: "1s" })],
  verification: { bake: "2s" },
});

module.exports = { url: app.url, activeColor: app.activeColor };

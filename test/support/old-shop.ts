import type { KubernetesGround } from "./bed/kubernetes.ts";
import type { Shop } from "./shop.ts";

const oldPods = { "app.kubernetes.io/name": "old-shop" };

/** What a team has before it knows of this library: pods, and a Service applied by `kubectl`. */
export async function deployOldShop(shop: Shop): Promise<void> {
  const { api } = shop.ground as KubernetesGround;
  const probe = { httpGet: { path: "/health/ready", port: 8080 }, periodSeconds: 1 };
  const image = "localhost/bluegreen/shop:1.2.0";
  const containers = [{ name: "main", image, imagePullPolicy: "IfNotPresent", readinessProbe: probe }];
  const template = { metadata: { labels: oldPods }, spec: { containers } };
  const spec = { replicas: 2, selector: { matchLabels: oldPods }, template };
  await api.create("Deployment", { metadata: { name: "old-shop" }, spec });
  const [port] = shop.front.router.ports as { port: number; nodePort: number }[];
  const ports = [{ ...port, name: "http", targetPort: 8080 }];
  await api.apply("Service", "shop", { spec: { type: "NodePort", selector: oldPods, ports } });
}

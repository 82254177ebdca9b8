/**
 * Run by the bootstrap under Node 24: makes sure that the containerd at BLUEGREEN_CONTAINERD has the images of demo and
 * tests, and the one that Kubernetes itself needs. Arguments: a JSON object with names, and paths of the binaries.
 */
import { importImages, pauseImage, shopImages } from "./images.ts";

interface Ingredients {
  pauseName: string;
  pause: string;
  repository: string;
  app: string;
  busybox: string;
}

const { pauseName, pause, repository, app, busybox } = JSON.parse(process.argv[2] ?? "{}") as Ingredients;
await importImages([pauseImage(pauseName, pause), ...shopImages(repository, app, busybox)]);

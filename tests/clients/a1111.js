// Drives one client, named by the first argument, against the server at the second; prints what came back as JSON.
import { createRequire } from "node:module";

const [, , name, url] = process.argv;
const require = createRequire(import.meta.url);
const sharp = require("sharp");
const { hostname: host, port } = new URL(url);
const drawing = { prompt: "a tree", negative_prompt: "fog", width: 64, height: 72, steps: 2, seed: 3 };
const start = () => sharp({ create: { width: 64, height: 64, channels: 3, background: "#208040" } }).png();

const sizes = async (images) =>
  Promise.all(images.map(async (image) => { const { width, height } = await image.metadata(); return [width, height]; }));

async function family(Api) {
  const api = new Api({ host, port: Number(port), timeout: 120000 });
  const drawn = await api.txt2img({ ...drawing, batch_size: 2, sampler_name: "Euler a" });
  const over = await api.img2img({ init_images: [start()], ...drawing, denoising_strength: 0.5 });
  const larger = await api.extraSingle({ image: start(), upscaler_1: "Lanczos", upscaling_resize: 2 });
  const several = await api.extraBatch({
    images: [start(), start()], name_list: ["a", "b"], upscaler_1: "Nearest", upscaling_resize: 2,
  });
  const told = await api.pngInfo(drawn.image);
  const progress = await api.getProgress(true);
  await api.setOptions(await api.getOptions());
  await api.refreshCheckpoints();
  await api.waitForReady(0.1);
  return {
    drawn: await sizes(drawn.images), over: await sizes(over.images), larger: await sizes(larger.images),
    several: await sizes(several.images), told: told.info, progress: progress.progress,
    models: (await api.getSdModels()).map((model) => model.title), model: await api.getCurrentModel(),
    samplers: (await api.getSamplers()).map((each) => each.name),
    upscalers: (await api.getUpscalers()).map((each) => each.name),
    empty: [await api.getHypernetworks(), await api.getFaceRestorers(), await api.getRealesrganModels()],
    styles: (await api.getPromptStyles()).length, flags: (await api.getCmdFlags()).api,
  };
}

async function counting() {
  const sdwebui = (await import("node-sd-webui")).default;
  const api = sdwebui({ apiUrl: url });
  const drawn = await api.txt2img({
    prompt: "a tree", negativePrompt: "fog", width: 64, height: 72, steps: 2, seed: 3, samplingMethod: "Euler a",
    hires: { steps: 2, denoisingStrength: 0.5, upscaler: "Latent", upscaleBy: 1.5 },
  });
  const over = await api.img2img({
    imageData: [(await start().toBuffer()).toString("base64")], prompt: "a tree", width: 64, height: 72, steps: 2,
  });
  const read = (images) => sizes(images.map((image) => sharp(Buffer.from(image, "base64"))));
  return {
    drawn: await read(drawn.images), over: await read(over.images),
    told: await api.pngInfo({ imageData: drawn.images[0] }),
  };
}

async function lazy() {
  const { StableDiffusionApi } = await import("stable-diffusion-client");
  const api = new StableDiffusionApi({ baseUrl: url, timeout: 120000 });
  const drawn = await api.txt2img({ ...drawing, sampler_name: "Euler a" });
  return {
    drawn: drawn.images.length, models: (await api.getSdModels()).map((model) => model.title),
    samplers: (await api.getSamplers()).map((each) => each.name),
  };
}

const clients = {
  "stable-diffusion-api": () => family(require("stable-diffusion-api").StableDiffusionApi),
  "a1111-webui-api": () => family(require("a1111-webui-api").StableDiffusionApi),
  "node-sd-webui": counting,
  "stable-diffusion-client": lazy,
};
console.log(JSON.stringify(await clients[name]()));

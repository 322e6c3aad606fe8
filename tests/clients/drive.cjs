// Lets one client do all that it can against a server: `node drive.cjs CLIENT URL PNG_FILE`. Writes what came back to the file $ANSWER as JSON.
"use strict";
const { createHash } = require("node:crypto");
const { readFileSync, writeFileSync } = require("node:fs");

const [client, url, file] = process.argv.slice(2);
const picture = readFileSync(file).toString("base64");
const small = { prompt: "a tree", steps: 2, width: 64, height: 64, seed: 5 };

/** The family of stable-diffusion-api: three packages with one interface. */
async function family({ default: Api, ControlNetUnit }, sharp) {
  const api = new Api({ baseUrl: url, host: new URL(url).hostname, port: Number(new URL(url).port), timeout: 100000 });
  const seen = {};
  const drawn = async (result) => {
    const images = result.images.map((each, place) => (result.getSharpImage ? result.getSharpImage(place) : each));
    const sizes = await Promise.all(images.map((each) => each.metadata()));
    const pixels = await Promise.all(images.map((each) => each.raw().toBuffer()));
    return {
      sizes: sizes.map(({ width, height }) => [width, height]),
      pixels: pixels.map((each) => createHash("sha256").update(each).digest("hex")),
      info: typeof result.info === "string" ? result.info : JSON.stringify(result.info),
    };
  };
  seen.txt2img = await drawn(await api.txt2img({ ...small, batch_size: 2 }));
  seen.alone = await drawn(await api.txt2img({ ...small, seed: 6 }));
  seen.img2img = await drawn(await api.img2img({ ...small, init_images: [sharp(file)], denoising_strength: 0.5 }));
  seen.extraSingle = await drawn(
    await api.extraSingle({ image: sharp(file), upscaling_resize: 2, upscaler_1: "Lanczos", resize_mode: 0 }),
  );
  const several = { images: [sharp(file), sharp(file)], name_list: ["a", "b"] };
  seen.extraBatch = await drawn(await api.extraBatch({ ...several, upscaling_resize: 2, upscaler_1: "Nearest" }));
  const unit = new ControlNetUnit({ input_image: sharp(file), module: "canny", model: "tiny_scribble" });
  seen.controlled = await drawn(await api.txt2img({ ...small, controlnet_units: [unit] }));
  seen.controlledOver = await drawn(await api.img2img({ ...small, init_images: [sharp(file)], controlnet_units: [unit] }));
  const detection = { controlnet_module: "canny", controlnet_input_images: [sharp(file)], controlnet_processor_res: 64 };
  seen.detected = await drawn(await api.ControlNet.detect(detection));
  seen.controlModels = await api.ControlNet.getModels();
  seen.controlModules = await api.ControlNet.getModules();
  seen.options = await api.getOptions();
  await api.setOptions({ sd_model_checkpoint: seen.options.sd_model_checkpoint });
  if (client !== "stable-diffusion-api") await api.setModel("tiny_sd15"); // that one looks for `name` in models
  seen.progress = await api.getProgress(true);
  for (const name of ["CmdFlags", "Samplers", "Upscalers", "SdModels", "Hypernetworks", "FaceRestorers", "RealesrganModels", "PromptStyles"]) {
    seen[name] = await api[`get${name}`]();
  }
  await api.refreshCheckpoints();
  seen.model = await api.getCurrentModel();
  seen.ready = await api.waitForReady(0.1);
  return seen;
}

const clients = {
  "stable-diffusion-api": () => family(require("stable-diffusion-api"), require("sharp")),
  "a1111-webui-api": () => family(require("a1111-webui-api"), require("sharp")),
  "stable-diffusion-client": () => family(require("stable-diffusion-client"), require("sharp")),
  "node-sd-webui": async () => {
    const sdwebui = require("node-sd-webui");
    const api = (sdwebui.default || sdwebui)({ apiUrl: url });
    const given = { prompt: "a tree", negativePrompt: "blurry", samplingMethod: "Euler a", width: 64, height: 64, steps: 2, seed: 5 };
    const txt2img = await api.txt2img({ ...given, batchSize: 2 });
    const img2img = await api.img2img({ ...given, imageData: [picture], denoisingStrength: 0.5 });
    const pngInfo = await api.pngInfo({ imageData: txt2img.images[0] });
    return { txt2img, img2img, pngInfo };
  },
};

clients[client]().then(
  (seen) => writeFileSync(process.env.ANSWER, JSON.stringify(seen)),
  (error) => {
    console.error(error?.response?.data ?? error);
    process.exit(1);
  },
);

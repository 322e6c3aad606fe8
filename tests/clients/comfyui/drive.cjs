// Lets one client of ComfyUI's own API draw a prompt with three seeds: `node drive.cjs CLIENT URL PROMPT_FILE PNG_FILE`.
// The prompt's file is {prompt, places: {picture, seed, result}} with ids of nodes. Writes what came back to the file
// $ANSWER as JSON.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { setTimeout } = require("node:timers/promises");

const [client, url, promptFile, file] = process.argv.slice(2);
const { prompt, places } = JSON.parse(readFileSync(promptFile, "utf8"));
const { host } = new URL(url);
const picture = readFileSync(file);
const SEEDS = [5, 6, 5];

function seeded(seed, name) {
  prompt[places.seed].inputs.seed = seed;
  prompt[places.picture].inputs.image = name;
  return prompt;
}

/** What `draw` gives, begun again after a minute: a client that listens once it has posted misses a quick prompt's end. */
async function persistent(draw) {
  for (const late of [60000, 60000, 60000]) {
    const drawn = await Promise.race([draw(), setTimeout(late, null)]);
    if (drawn) return drawn;
  }
  throw new Error("no picture came");
}

const text = async (blob) => Buffer.from(await blob.arrayBuffer()).toString("base64");

async function comfyUiClient() {
  const { ComfyUIClient } = require("comfy-ui-client");
  const api = new ComfyUIClient(host, "comfy-ui-client");
  await api.connect();
  const sent = await api.uploadImage(picture, "comfy-ui-client.png", true);
  const pictures = [];
  for (const seed of SEEDS) {
    const images = await persistent(() => api.getImages(seeded(seed, sent.name)));
    pictures.push(await text(images[places.result][0].blob));
  }
  const { queue_running, queue_pending } = await api.getQueue();
  const nodes = Object.keys(await api.getObjectInfo("PixartSampler"));
  await api.disconnect();
  return { pictures, nodes, waiting: queue_running.length + queue_pending.length };
}

async function comfyuiSdk() {
  const { CallWrapper, ComfyApi, PromptBuilder } = require("@saintno/comfyui-sdk");
  const api = new ComfyApi(url, "comfyui-sdk");
  await api.init().waitForReady();
  const sent = await api.uploadImage(picture, "comfyui-sdk.png", { override: true });
  const pictures = [];
  const progress = [];
  for (const seed of SEEDS) {
    const builder = new PromptBuilder(prompt, ["seed", "picture"], ["image"])
      .setInputNode("seed", `${places.seed}.inputs.seed`)
      .setInputNode("picture", `${places.picture}.inputs.image`)
      .setOutputNode("image", places.result)
      .input("seed", seed)
      .input("picture", sent.info.filename);
    const note = ({ value, max }) => progress.push([value, max]);
    const call = () => new CallWrapper(api, builder).onProgress(note).onFailed((error) => progress.push(String(error)));
    const drawn = await persistent(() => call().run());
    pictures.push(await text(await api.getImage(drawn.image.images[0])));
  }
  const models = await api.getCheckpoints();
  const nodes = Object.keys(await api.getNodeDefs("PixartSampler"));
  const queue = await api.getQueue();
  api.destroy();
  return { pictures, progress, models, nodes, waiting: queue.queue_running.length + queue.queue_pending.length };
}

async function stableCanvas() {
  const { Client } = require("@stable-canvas/comfyui-client");
  const api = new Client({ api_host: host, clientId: "stable-canvas", WebSocket: require("ws"), fetch });
  await api.connect();
  const form = new FormData();
  form.append("image", new Blob([picture]), "stable-canvas.png");
  form.append("overwrite", "true");
  const sent = await (await api.fetchApi("/upload/image", { method: "POST", body: form })).json();
  const pictures = [];
  const progress = [];
  for (const [place, seed] of SEEDS.entries()) {
    const asked = seeded(seed, sent.name);
    const told = { progress: ({ value, max }) => progress.push([value, max]) };
    const drawn = await (place === 1
      ? api.enqueue_polling(asked, { disable_random_seed: true, polling_ms: 100 })
      : persistent(() => api.enqueue(asked, { disable_random_seed: true, ...told })));
    const image = drawn.images.find(({ type }) => type === "url"); // the others are previews
    pictures.push(await text(await fetch(image.data)));
  }
  const models = await api.getSDModels();
  const nodes = Object.keys(await api.getNodeDefs()).filter((name) => name === "PixartSampler");
  const queue = await api.getQueue();
  api.close();
  return { pictures, progress, models, nodes, waiting: queue.Running.length + queue.Pending.length };
}

const clients = {
  "comfy-ui-client": comfyUiClient,
  "@saintno/comfyui-sdk": comfyuiSdk,
  "@stable-canvas/comfyui-client": stableCanvas,
};

clients[client]().then(
  (seen) => {
    writeFileSync(process.env.ANSWER, JSON.stringify(seen));
    process.exit(); // some clients keep their sockets open
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

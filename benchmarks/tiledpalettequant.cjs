// Runs the web worker of rilden/tiledpalettequant under node: WORKER.js and its options as JSON are the arguments, RGBA
// goes in and comes out.
const { readFileSync, writeSync } = require("node:fs");
const vm = require("node:vm");

const [worker, json] = process.argv.slice(2);
const { width, height, seed, ...quantizationOptions } = JSON.parse(json);
const data = new Uint8ClampedArray(readFileSync(0));

/** Mulberry32, so that it makes the same picture each time: it asks for chance without a seed. */
function random(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

let drawn = null;
const UPDATE_QUANTIZED_IMAGE = 2;
globalThis.postMessage = ({ action, imageData }) => {
  if (action === UPDATE_QUANTIZED_IMAGE) drawn = imageData.data;
};
console.log = () => {};
globalThis.onmessage = null;
Math.random = random(seed);
vm.runInThisContext(readFileSync(worker, "utf8"));
globalThis.onmessage({ data: { imageData: { width, height, data }, quantizationOptions } });
for (let at = 0; at < drawn.length; ) at += writeSync(1, drawn, at);

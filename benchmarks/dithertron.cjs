// Runs sehugg/dithertron under node: its bundle, its system and more settings as JSON are the arguments, RGBA goes in
// and comes out. Its page's sliders stand at these values.
const { readFileSync, writeSync } = require("node:fs");

const SLIDERS = { diffuse: 0.75, ordered: 0, noise: 5, paletteDiversity: 1 };
const [bundle, system, json] = process.argv.slice(2);
const { Dithertron, SYSTEM_LOOKUP, FLOYD } = require(bundle);
const input = readFileSync(0);

console.log = () => {};
const dithertron = new Dithertron();
dithertron.setSettings({ ...SYSTEM_LOOKUP[system], ...SLIDERS, ditherfn: FLOYD, ...JSON.parse(json) });
dithertron.setSourceImage(new Uint32Array(input.buffer.slice(input.byteOffset, input.byteOffset + input.length)));
while (dithertron.iterate());
const drawn = new Uint8Array(dithertron.dithcanv.img.buffer);
for (let at = 0; at < drawn.length; ) at += writeSync(1, drawn, at);

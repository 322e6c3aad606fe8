// Reads pictures as the newest sharp (libvips, libpng) does: `node read.cjs FILE...`. Writes size, channels and RGBA of each to the file $ANSWER as JSON.
"use strict";
const { writeFileSync } = require("node:fs");
const sharp = require("sharp");

async function read(file) {
  const { channels, format } = await sharp(file).metadata();
  const { data, info } = await sharp(file).ensureAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, format, pixels: data.toString("base64") };
}

Promise.all(process.argv.slice(2).map(read)).then(
  (seen) => writeFileSync(process.env.ANSWER, JSON.stringify(seen)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

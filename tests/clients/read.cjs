// Reads pictures as the newest sharp (libvips, libpng) does: `node read.cjs FILE...`. Prints size, channels and RGBA of each.
"use strict";
const sharp = require("sharp");

async function read(file) {
  const { channels, format } = await sharp(file).metadata();
  const { data, info } = await sharp(file).ensureAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, format, pixels: data.toString("base64") };
}

Promise.all(process.argv.slice(2).map(read)).then(
  (seen) => console.log(JSON.stringify(seen)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

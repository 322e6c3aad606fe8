/** Sprite sheets: all frames of a file that moves in one row, and the JSON that Aseprite writes of such a sheet. */

/** The sheet as ImageData, and its JSON as text; `name` is the PNG's, to which the JSON leads. */
export function sheetOf(frames, name) {
  const { width, height } = frames[0].bitmap
  const context = new OffscreenCanvas(width * frames.length, height).getContext('2d')
  frames.forEach(({ bitmap }, place) => context.drawImage(bitmap, place * width, 0))
  const size = { w: width, h: height }
  const cells = frames.map(({ duration }, place) => ({
    filename: `${name.replace(/\.png$/, '')} ${place}`,
    frame: { x: place * width, y: 0, ...size },
    rotated: false,
    trimmed: false,
    spriteSourceSize: { x: 0, y: 0, ...size },
    sourceSize: size,
    duration,
  }))
  const meta = { app: 'Pixart', image: name, format: 'RGBA8888', size: { w: width * frames.length, h: height }, scale: '1' }
  return { pixels: context.getImageData(0, 0, meta.size.w, height), json: JSON.stringify({ frames: cells, meta }, null, 2) }
}

/** Sprite sheets: all frames of a file that moves in one row, and the JSON that Aseprite writes of such a sheet. */

/** The frames of a picture's file as bitmaps, each with its milliseconds; a still has one. */
export async function framesOf(blob) {
  if (!('ImageDecoder' in window)) return [{ bitmap: await createImageBitmap(blob), duration: 100 }]
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type })
  await decoder.tracks.ready
  const { frameCount } = decoder.tracks.selectedTrack
  const frames = []
  for (let frameIndex = 0; frameIndex < frameCount; frameIndex++) {
    const { image } = await decoder.decode({ frameIndex })
    frames.push({ bitmap: await createImageBitmap(image), duration: Math.round((image.duration ?? 100_000) / 1000) })
    image.close()
  }
  return frames
}

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

/** The frames of a picture's file, where the browser can tell them apart; elsewhere each is a still. */

/** The frames as bitmaps, each with its milliseconds; a still has one. */
export async function framesOf(blob) {
  const decoder = await decoderOf(blob)
  if (!decoder) return [{ bitmap: await createImageBitmap(blob), duration: 100 }]
  const frames = []
  for (let frameIndex = 0; frameIndex < counted(decoder); frameIndex++) {
    const { image } = await decoder.decode({ frameIndex })
    frames.push({ bitmap: await createImageBitmap(image), duration: Math.round((image.duration ?? 100_000) / 1000) })
    image.close()
  }
  return frames
}

/** How many there are. */
export async function frameCount(blob) {
  const decoder = await decoderOf(blob)
  return decoder ? counted(decoder) : 1
}

const counted = (decoder) => decoder.tracks.selectedTrack.frameCount

/** What decodes the file, or null. */
async function decoderOf(blob) {
  if (!('ImageDecoder' in window) || !(await ImageDecoder.isTypeSupported(blob.type))) return null
  const decoder = new ImageDecoder({ data: await blob.arrayBuffer(), type: blob.type })
  await decoder.tracks.ready
  return decoder
}

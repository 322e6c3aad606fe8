/**
 * The first frame of an Aseprite sprite, all visible layers composed (ase-file-specs.md of Aseprite's sources). Numbers are
 * little-endian; places are bytes from the beginning of what they are in.
 */
const [MAGIC, FRAME] = [0xa5e0, 0xf1fa]
const [LAYER, CEL, PALETTE, OLD_PALETTE] = [0x2004, 0x2005, 0x2019, 0x0004]
const HEAD = 128 // bytes of the file's header
const [SHOWN, GROUND, REFERENCE] = [1, 8, 64] // flags of layers; a ground has no transparent colour
const [RAW, COMPRESSED] = [0, 2] // kinds of cels; others link to earlier frames, or are tilemaps
const BLENDS = ['source-over', 'multiply', 'screen', 'overlay', 'darken', 'lighten', 'color-dodge', 'color-burn', 'hard-light']
BLENDS.push('soft-light', 'difference', 'exclusion', 'hue', 'saturation', 'color', 'luminosity', 'lighter')

/** {pixels, frames}: the first frame as ImageData, and how many there are. Throws for what isn't understood. */
export async function firstFrame(blob) {
  const view = new DataView(await blob.arrayBuffer())
  const at16 = (place) => view.getUint16(place, true)
  if (at16(4) !== MAGIC || at16(HEAD + 4) !== FRAME) throw new Error('no sprite')
  const [frames, width, height, depth] = [6, 8, 10, 12].map(at16)
  const flags = view.getUint32(14, true)
  const has = { opacity: Boolean(flags & 1), blendedGroups: Boolean(flags & 2) }
  const sprite = { depth, has, transparent: view.getUint8(28), colors: [], layers: [], cels: [] }
  for (const [kind, chunk] of chunks(view)) await READ[kind]?.(chunk, sprite)
  const context = new OffscreenCanvas(width, height).getContext('2d')
  for (const cel of sprite.cels.sort((a, b) => a.order - b.order || a.rise - b.rise)) draw(context, cel, sprite)
  return { pixels: context.getImageData(0, 0, width, height), frames }
}

/** The chunks of the first frame, each as its kind and what is in it. */
function* chunks(view) {
  const end = HEAD + view.getUint32(HEAD, true)
  for (let place = HEAD + 16; place + 6 <= end; ) {
    const size = view.getUint32(place, true)
    yield [view.getUint16(place + 4, true), new DataView(view.buffer, place + 6, size - 6)]
    place += size
  }
}

const READ = {
  [LAYER](chunk, { layers, has }) {
    const [flags, isGroup, level, blend] = [0, 2, 4, 10].map((place) => chunk.getUint16(place, true))
    const opacity = has.opacity ? chunk.getUint8(12) : 255
    if (isGroup === 1 && has.blendedGroups && (blend || opacity < 255)) throw new Error('a group that is blended as one')
    const above = layers.findLast((each) => each.level < level) // the group that it is in
    const visible = Boolean(flags & SHOWN) && !(flags & REFERENCE) && (level === 0 || Boolean(above?.visible))
    layers.push({ visible, level, blend, opacity, isGround: Boolean(flags & GROUND) })
  },

  async [CEL](chunk, { cels, depth }) {
    const [layer, kind] = [0, 7].map((place) => chunk.getUint16(place, true))
    const [x, y, rise] = [2, 4, 9].map((place) => chunk.getInt16(place, true))
    if (kind !== RAW && kind !== COMPRESSED) throw new Error('a cel of another kind')
    const [width, height] = [16, 18].map((place) => chunk.getUint16(place, true))
    const data = new Uint8Array(chunk.buffer, chunk.byteOffset + 20, kind === RAW ? (width * height * depth) / 8 : chunk.byteLength - 20)
    cels.push({ layer, x, y, rise, order: layer + rise, opacity: chunk.getUint8(6), width, height, bytes: kind === RAW ? data : await inflated(data) })
  },

  [PALETTE](chunk, { colors }) {
    const [first, last] = [4, 8].map((place) => chunk.getUint32(place, true))
    for (let color = first, place = 20; color <= last; color++) {
      colors[color] = [2, 3, 4, 5].map((part) => chunk.getUint8(place + part))
      place += 6 + (chunk.getUint16(place, true) & 1 ? 2 + chunk.getUint16(place + 6, true) : 0) // with its name
    }
  },

  [OLD_PALETTE](chunk, { colors }) {
    if (colors.length) return // newer files have both
    for (let packet = 0, place = 2, color = 0; packet < chunk.getUint16(0, true); packet++) {
      color += chunk.getUint8(place++)
      for (let left = chunk.getUint8(place++) || 256; left > 0; left--, place += 3) colors[color++] = [...[0, 1, 2].map((part) => chunk.getUint8(place + part)), 255]
    }
  },
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function draw(context, cel, sprite) {
  const layer = sprite.layers[cel.layer]
  if (!layer.visible) return
  if (!BLENDS[layer.blend]) throw new Error('another way to blend')
  const canvas = new OffscreenCanvas(cel.width, cel.height)
  canvas.getContext('2d').putImageData(new ImageData(colored(cel, sprite, layer.isGround), cel.width, cel.height), 0, 0)
  context.globalAlpha = (layer.opacity / 255) * (cel.opacity / 255)
  context.globalCompositeOperation = BLENDS[layer.blend]
  context.drawImage(canvas, cel.x, cel.y)
}

/** A cel's pixels as RGBA: they are so already, or grey with alpha, or places in the palette. */
function colored({ bytes, width, height }, { depth, colors, transparent }, isGround) {
  if (depth === 32) return new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, 4 * width * height)
  const rgba = new Uint8ClampedArray(4 * width * height)
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (depth === 16) rgba.set([bytes[2 * pixel], bytes[2 * pixel], bytes[2 * pixel], bytes[2 * pixel + 1]], 4 * pixel)
    else if (isGround || bytes[pixel] !== transparent) rgba.set(colors[bytes[pixel]] ?? [0, 0, 0, 0], 4 * pixel)
  }
  return rgba
}

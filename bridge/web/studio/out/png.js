/** Palette PNGs (PNG specification, third edition): each pixel a whole square of one colour, no larger than it has to be. */
import { hex } from '../view/pixels.js'

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]
const MOST_COLORS = 256
const PALETTE_COLOR = 3 // the colour type

const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})

/** The pixels as a PNG, each as a square of `factor` pixels a side; with a palette where that holds all colours. */
export async function enlarged(pixels, factor) {
  const { table, indices } = indexed(pixels)
  if (table.length > MOST_COLORS) return plain(pixels, factor)
  const size = [pixels.width * factor, pixels.height * factor]
  const head = new DataView(new ArrayBuffer(13))
  size.forEach((side, place) => head.setUint32(4 * place, side))
  head.setUint8(8, 8)
  head.setUint8(9, PALETTE_COLOR)
  const rows = await deflated(scanlines(indices, pixels.width, pixels.height, factor))
  const colors = Uint8Array.from(table.flatMap(({ rgb }) => rgb))
  const alphas = Uint8Array.from(table, ({ alpha }) => alpha)
  const parts = [chunk('IHDR', new Uint8Array(head.buffer)), chunk('PLTE', colors)]
  if (alphas.some((alpha) => alpha < 255)) parts.push(chunk('tRNS', alphas))
  return new Blob([Uint8Array.from(SIGNATURE), ...parts, chunk('IDAT', rows), chunk('IEND', new Uint8Array())], { type: 'image/png' })
}

/** Each pixel's place in the table of the picture's colours. */
function indexed({ data }) {
  const places = new Map()
  const table = []
  const indices = Uint16Array.from({ length: data.length / 4 }, (_, pixel) => {
    const [red, green, blue, alpha] = data.subarray(4 * pixel, 4 * pixel + 4)
    const name = alpha ? hex(red, green, blue, alpha) : ''
    if (!places.has(name)) places.set(name, table.push({ rgb: [red, green, blue], alpha }) - 1)
    return places.get(name)
  })
  return { table, indices }
}

function scanlines(indices, width, height, factor) {
  const row = width * factor + 1 // a filter's number goes before each
  const bytes = new Uint8Array(row * height * factor)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const start = y * factor * row + 1 + x * factor
      bytes.fill(indices[y * width + x], start, start + factor)
    }
    for (let copy = 1; copy < factor; copy++) bytes.copyWithin((y * factor + copy) * row, y * factor * row, (y * factor + 1) * row)
  }
  return bytes
}

async function deflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

function chunk(name, data) {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set([...name].map((letter) => letter.charCodeAt(0)), 4)
  bytes.set(data, 8)
  const crc = bytes.subarray(4, 8 + data.length).reduce((sum, byte) => CRCS[(sum ^ byte) & 255] ^ (sum >>> 8), 0xffffffff)
  view.setUint32(8 + data.length, ~crc >>> 0)
  return bytes
}

/** Of more colours than a palette holds, as the browser writes a PNG. */
function plain(pixels, factor) {
  const small = new OffscreenCanvas(pixels.width, pixels.height)
  small.getContext('2d').putImageData(pixels, 0, 0)
  const large = new OffscreenCanvas(pixels.width * factor, pixels.height * factor)
  const context = large.getContext('2d')
  context.imageSmoothingEnabled = false
  context.drawImage(small, 0, 0, large.width, large.height)
  return large.convertToBlob()
}

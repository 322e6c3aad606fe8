/**
 * PNGs (PNG specification, third edition), written here: what a canvas writes itself, by `toBlob` or `convertToBlob`,
 * Chromium leaves for up to a second, until the page has nothing else to do.
 */
import { hex } from './pixels.js'

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10]
const MOST_COLORS = 256
const [PALETTE_COLOR, TRUE_COLOR] = [3, 6] // colour types; the second with alpha
const SUB = 1 // the filter: each byte less the one of the pixel to the left

const CRCS = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc
})

/** The pixels as a PNG, each `factor` pixels high and `aspect` times as wide; with a palette where that holds all colours. */
export async function enlarged(pixels, factor, aspect = 1) {
  const { table, indices } = indexed(pixels)
  const wide = factor * aspect
  if (table.length > MOST_COLORS) return colored(larger(pixels, wide, factor))
  const size = [pixels.width * wide, pixels.height * factor]
  const colors = Uint8Array.from(table.flatMap(({ rgb }) => rgb))
  const alphas = Uint8Array.from(table, ({ alpha }) => alpha)
  const parts = [chunk('PLTE', colors)]
  if (alphas.some((alpha) => alpha < 255)) parts.push(chunk('tRNS', alphas))
  return file(size, PALETTE_COLOR, parts, scanlines(indices, pixels, wide, factor))
}

/** The pixels as a PNG in full colours. */
export function colored({ data, width, height }) {
  const length = 4 * width
  const rows = new Uint8Array((length + 1) * height)
  for (let y = 0; y < height; y++) {
    const [from, to] = [y * length, y * (length + 1) + 1]
    rows[to - 1] = SUB
    for (let byte = 0; byte < length; byte++) rows[to + byte] = data[from + byte] - (byte < 4 ? 0 : data[from + byte - 4])
  }
  return file([width, height], TRUE_COLOR, [], rows)
}

/** A file of a size in pixels and a colour type; `rows` has a filter's number before each row. */
async function file(size, type, parts, rows) {
  const head = new DataView(new ArrayBuffer(13))
  size.forEach((side, place) => head.setUint32(4 * place, side))
  head.setUint8(8, 8)
  head.setUint8(9, type)
  const body = chunk('IDAT', await deflated(rows))
  const chunks = [chunk('IHDR', new Uint8Array(head.buffer)), ...parts, body, chunk('IEND', new Uint8Array())]
  return new Blob([Uint8Array.from(SIGNATURE), ...chunks], { type: 'image/png' })
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

function scanlines(indices, { width, height }, wide, high) {
  const row = width * wide + 1 // a filter's number goes before each
  const bytes = new Uint8Array(row * height * high)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const start = y * high * row + 1 + x * wide
      bytes.fill(indices[y * width + x], start, start + wide)
    }
    for (let copy = 1; copy < high; copy++) bytes.copyWithin((y * high + copy) * row, y * high * row, (y * high + 1) * row)
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

/** Each pixel so many pixels wide and high, in ImageData. */
function larger(pixels, wide, high) {
  const large = new ImageData(pixels.width * wide, pixels.height * high)
  const [from, to] = [new Uint32Array(pixels.data.buffer), new Uint32Array(large.data.buffer)]
  for (let place = 0; place < to.length; place++) {
    const [x, y] = [place % large.width, Math.floor(place / large.width)]
    to[place] = from[Math.floor(y / high) * pixels.width + Math.floor(x / wide)]
  }
  return large
}

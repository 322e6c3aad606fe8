/** What can be said and shown of a picture's pixels: its colours, and how a small panel shows it. */

/** The pixels of a blob or bitmap as ImageData. */
export async function pixelsOf(picture) {
  const bitmap = picture instanceof Blob ? await createImageBitmap(picture) : picture
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')
  context.drawImage(bitmap, 0, 0)
  return context.getImageData(0, 0, bitmap.width, bitmap.height)
}

/** The different opaque colours as '#rrggbb', in the order in which they appear. */
export function colorsOf({ data }) {
  const words = new Uint32Array(data.buffer)
  const seen = new Set(words.filter((word) => word >>> 24))
  return [...seen].map((word) => hex(word & 255, (word >> 8) & 255, (word >> 16) & 255))
}

/** A colour as '#rrggbb' of three numbers from 0 to 255. */
export function hex(...parts) {
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** The 16-bit word that a panel gets for a colour: the high bits of each channel, as most firmware takes them. */
export function word565(red, green, blue) {
  return ((red >> 3) << 11) | ((green >> 2) << 5) | (blue >> 3)
}

/** As a panel of RGB565 shows it: each channel's high bits, repeated below them; transparent is black there. */
export function asPanel({ data, width, height }) {
  const shown = new ImageData(width, height)
  for (let place = 0; place < data.length; place += 4) {
    const lit = data[place + 3] > 127
    const [red, green, blue] = [0, 1, 2].map((channel) => (lit ? data[place + channel] : 0))
    shown.data.set([repeated(red, 5), repeated(green, 6), repeated(blue, 5), 255], place)
  }
  return shown
}

function repeated(value, bits) {
  const level = value >> (8 - bits)
  return (level << (8 - bits)) | (level >> (2 * bits - 8))
}

/** Files that are text or plain numbers: palettes for other programs, and pictures for small panels. */
import { colorsOf, word565 } from '../view/pixels.js'

/** The colours as GIMP's palette, which Aseprite, Krita and Inkscape read too. */
export function gimpPalette(pixels, name) {
  const rows = colorsOf(pixels).map((color) => {
    const parts = [1, 3, 5].map((place) => String(parseInt(color.slice(place, place + 2), 16)).padStart(3))
    return `${parts.join(' ')}\t${color.slice(1)}`
  })
  return `GIMP Palette\nName: ${name}\nColumns: 8\n#\n${rows.join('\n')}\n`
}

/** The colours as Lospec's .hex, one a line. */
export function hexPalette(pixels) {
  return `${colorsOf(pixels).map((color) => color.slice(1)).join('\n')}\n`
}

/** The words of all pixels, row by row; what is transparent is black, as on a panel. */
function words565({ data }) {
  return Uint16Array.from({ length: data.length / 4 }, (_, pixel) => {
    const [red, green, blue, alpha] = data.subarray(4 * pixel, 4 * pixel + 4)
    return alpha > 127 ? word565(red, green, blue) : 0
  })
}

/** The picture as RGB565, the high byte first, as panels take it. */
export function rgb565(pixels) {
  const words = words565(pixels)
  const view = new DataView(new ArrayBuffer(2 * words.length))
  words.forEach((word, place) => view.setUint16(2 * place, word))
  return view.buffer
}

/** The picture as a C array of RGB565 words, in the order of the CPU that compiles it. */
export function cArray(pixels, name) {
  const { width, height } = pixels
  const words = [...words565(pixels)].map((word) => `0x${word.toString(16).padStart(4, '0')}`)
  const rows = Array.from({ length: height }, (_, y) => `    ${words.slice(y * width, (y + 1) * width).join(', ')},`)
  const head = `/* ${width} x ${height} pixels, RGB565 */\n#include <stdint.h>\n\n`
  const sizes = `#define ${name.toUpperCase()}_WIDTH ${width}\n#define ${name.toUpperCase()}_HEIGHT ${height}\n\n`
  return `${head}${sizes}const uint16_t ${name}[${width * height}] = {\n${rows.join('\n')}\n};\n`
}

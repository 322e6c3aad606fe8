/** Colours as '#rrggbb': reading them, and the orders that people want them in. */

const HUES = 12 // steps of hue within which colours are ordered by lightness
const GREY = 0.03 // of OKLab's chroma: below it a colour has no hue that anybody sees

/** The colour that a text means, as '#rrggbb'; null for none. */
export function colorOf(text) {
  const digits = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/i.exec(text.trim())?.[1].toLowerCase()
  if (!digits) return null
  return `#${digits.length === 6 ? digits : [...digits].map((digit) => digit + digit).join('')}`
}

/** Lightness 0 to 1, chroma and hue in radians of a colour in OKLab (Ottosson 2020, bottosson.github.io/posts/oklab). */
export function oklch(color) {
  const [red, green, blue] = [1, 3, 5].map((place) => linear(parseInt(color.slice(place, place + 2), 16) / 255))
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  return { lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, chroma: Math.hypot(a, b), hue: Math.atan2(b, a) }
}

const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)

/** From dark to light. */
export const byLightness = (one, other) => oklch(one).lightness - oklch(other).lightness

/** Greys first, then around the circle of hues, each step of it from dark to light. */
export const byHue = (one, other) => step(one) - step(other) || byLightness(one, other)

function step(color) {
  const { chroma, hue } = oklch(color)
  return chroma < GREY ? -1 : Math.floor(((hue + 2 * Math.PI) % (2 * Math.PI)) / ((2 * Math.PI) / HUES))
}

/** Whether dark ink is read better on this colour than light ink. */
export const isLight = (color) => oklch(color).lightness > 0.62

// Colours as the node Palette's field has them: `#rrggbb`, with alpha `#rrggbbaa`, a `!` behind those that are locked.

/** One colour of a text as {rgb: '#rrggbb', alpha: 'ff', locked}. */
export function parsed(word) {
  const digits = word.replace(/[#!]/g, '')
  return { rgb: `#${digits.slice(0, 6)}`, alpha: digits.slice(6) || 'ff', locked: word.endsWith('!') }
}

/** The text of one colour. */
export function written({ rgb, alpha, locked }) {
  return rgb + (alpha === 'ff' ? '' : alpha) + (locked ? '!' : '')
}

/** Whether a text looks like a palette, so that a paste of it is taken. */
export const looksLikePalette = text =>
  /^\s*(#?[0-9a-f]{6}([0-9a-f]{2})?!?[\s,;]+)*#?[0-9a-f]{6}([0-9a-f]{2})?!?\s*$/i.test(text) ||
  /^\s*(GIMP Palette|JASC-PAL|;\s?paint\.net|;\s?(name|source|author):)/i.test(text) ||
  /^\s*(https?:\/\/)?(www\.)?lospec\.com\/palette-list\/[\w-]+/i.test(text) ||
  /^\s*rgba?\([^)]*\)[\s,;]*/i.test(text)

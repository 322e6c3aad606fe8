/** Which colours a drawing will have, as far as that is known before it is drawn. */

const MOST_INKS = 32 // of a palette that are offered to draw with; of a machine's all

/** Colours to draw with: those of a machine that has few, else of the palette. */
export function inks(settings, options) {
  const ofMachine = options?.machines[settings.machine]?.colors
  return ofMachine?.length ? ofMachine : paletteColors(settings, options).slice(0, MOST_INKS)
}

/** Colours as '#rrggbb' by settings and the server's options; none where the picture's own are taken. */
export function paletteColors(settings, options) {
  if (settings.colors.length) return settings.colors
  if (settings.ownColors) return []
  const style = options?.styles[settings.style]
  const name = settings.palette || (style?.own_colors ? '' : style?.palette)
  return options?.palettes.find((palette) => palette.name === name)?.colors ?? []
}

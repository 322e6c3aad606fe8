/** Which colours a drawing will have, as far as that is known before it is drawn. */

/** Colours as '#rrggbb' by settings and the server's options; none where the picture's own are taken. */
export function paletteColors(settings, options) {
  if (settings.colors.length) return settings.colors
  if (settings.ownColors) return []
  const style = options?.styles[settings.style]
  const name = settings.palette || (style?.own_colors ? '' : style?.palette)
  return options?.palettes.find((palette) => palette.name === name)?.colors ?? []
}

/** Filling what hangs together, row by row. */

/**
 * Give `color` (four numbers, 0 to 255) to what hangs together with a pixel by its four sides and differs from it by at
 * most `tolerance` in the sum of its four channels. Changes `image`, an ImageData.
 */
export function flood(image, x, y, color, tolerance) {
  const { width, height, data } = image
  if (x < 0 || y < 0 || x >= width || y >= height) return
  const start = data.slice(4 * (y * width + x), 4 * (y * width + x) + 4)
  if (start.every((part, place) => part === color[place])) return
  const seen = new Uint8Array(width * height)
  const open = (place) => !seen[place] && distance(data, 4 * place, start) <= tolerance
  const stack = [y * width + x]
  while (stack.length) {
    const place = stack.pop()
    if (!open(place)) continue
    const row = place - (place % width)
    let [left, right] = [place, place]
    while (left > row && open(left - 1)) left--
    while (right < row + width - 1 && open(right + 1)) right++
    for (let each = left; each <= right; each++) {
      seen[each] = 1
      data.set(color, 4 * each)
      if (row > 0 && open(each - width)) stack.push(each - width)
      if (row < width * (height - 1) && open(each + width)) stack.push(each + width)
    }
  }
}

function distance(data, place, [red, green, blue, alpha]) {
  const fade = Math.abs(data[place + 3] - alpha)
  if (!data[place + 3] && !alpha) return 0 // what is transparent has no colour
  return fade + Math.abs(data[place] - red) + Math.abs(data[place + 1] - green) + Math.abs(data[place + 2] - blue)
}

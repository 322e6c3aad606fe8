/** How large a picture of pixels shows: each of its pixels as large as the others. */

/** The largest whole factor, or where none fits the largest of a half, a third and so on, up to `most`. */
export function wholly(most) {
  return most >= 1 ? Math.floor(most) : 1 / Math.ceil(1 / most)
}

/** How large a picture of pixels shows: each of its pixels as large as the others, where `data-aspect` says so wider than high. */

/** The largest whole factor, or where none fits the largest of a half, a third and so on, up to `most`. */
export function wholly(most) {
  return most >= 1 ? Math.floor(most) : 1 / Math.ceil(1 / most)
}

/** Lay an image or canvas into the element around it at such a factor, and again whenever that element's size changes. */
export function fitting(picture) {
  if (picture instanceof HTMLImageElement) picture.addEventListener('load', () => fit(picture))
  eye.observe(picture.parentElement)
}

/** Lay a picture anew, once it has another size of its own. */
export function fit(picture) {
  const { clientWidth, clientHeight } = picture.parentElement
  const [width, height] = [picture.naturalWidth ?? picture.width, picture.naturalHeight ?? picture.height]
  if (!width || !clientWidth) return // it hasn't come yet, or nobody sees it
  const wide = width * (Number(picture.dataset.aspect) || 1)
  const scale = wholly(Math.min(clientWidth / wide, clientHeight / height))
  Object.assign(picture.style, { width: `${wide * scale}px`, height: `${height * scale}px` })
  picture.classList.toggle('shrunk', scale < 1)
}

const eye = new ResizeObserver((places) => places.forEach(({ target }) => fit(target.firstElementChild)))

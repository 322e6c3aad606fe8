/**
 * What the browser keeps of this page as texts: `session` for this tab, `local` for all. Where it keeps nothing, since it
 * is full or was told so, a text is known as long as the page is open.
 *
 * - `remembered(place, name)` is a text, or null.
 * - `remember(place, name, text)` keeps one.
 * - `alone(name, options, act)` gives what `act(lock)` gives, while no other page holds the lock of that name; `options` are
 *   those of navigator.locks. A browser without locks, as on pages that come without https, or that forbids them, acts at once.
 */
const spare = new Map()

export function remembered(place, name) {
  const own = spare.get(`${place} ${name}`)
  try {
    return own ?? window[`${place}Storage`].getItem(name)
  } catch {
    return own ?? null
  }
}

export function remember(place, name, text) {
  const key = `${place} ${name}`
  try {
    window[`${place}Storage`].setItem(name, text)
    spare.delete(key)
  } catch {
    spare.set(key, text)
  }
}

export async function alone(name, options, act) {
  let begun = false
  const begin = (lock) => ((begun = true), act(lock))
  try {
    return await (navigator.locks ? navigator.locks.request(name, options, begin) : begin(true))
  } catch (error) {
    if (begun) throw error
    return begin(true)
  }
}

/**
 * The one store of the studio. Parts and panels don't know each other: they read here, set here, and hear of changes.
 *
 * What it holds (`state.get(name)`):
 * - `settings`  of the next drawing, a frozen object; change some with `state.tune({dither: 'bayer-4'})`. Its fields:
 *   `style` a name; `palette` a built-in one's name, '' for the style's; `colors` own ones as '#rrggbb', which go before
 *   the palette; `ownColors` a number of the picture's own, 0 for none; `width`, `height` in pixels; `fit` 'longest',
 *   'stretch', 'crop' or 'pad'; `dither`, `method`, `metric` names, '' for what suits the picture; `strength`,
 *   `contrast` numbers, null for the style's; `paper` whether the source is a photo of paper; `snap` whether its grid
 *   gives the size, `clean` whether stray pixels go, `outline` a colour as '#rrggbb', '' for none; and, for what a model
 *   draws, `prompt`, `negative`, `mode`, `model` texts, `seed`, `steps` numbers or null.
 *   `machine` the name of a console or home computer whose screen shows the picture, '' for none: then its size is the
 *   screen's, and style and palette don't count; `pattern` its dither, '' for the usual one, `quality` 'best' or ''.
 * - `source`    the picture that is drawn from, or null: {blob, width, height, name, kind: 'sample' | 'drawing' | 'file'};
 *   of a file that moves also {moves, note}: whether the blob has all its frames, and what the reader is told of them.
 *   A new source is a new object; whoever changes pixels sets a new one.
 * - `result`    the newest picture, or null: {blob, width, height, id, body, notes, algorithm, look, files, milliseconds},
 *   `files` being the path of a machine's files, else null, and
 *   `body` being the request it was made by (without its picture), and `source` that picture, where it was drawn live. The
 *   words panel and the gallery set it as live does.
 * - `brought`   a palette's file that was brought to another part, or null; the palettes panel takes it.
 * - `kept`      the id of the newest job that the reader had kept in the gallery, or null.
 * - `options`   what the server's menus offer (the JSON of /studio/options), or null before it came.
 * - `key`       the API key, '' for none; kept for this tab only (sessionStorage).
 * - `link`      how the server is: 'up'; 'down' while it doesn't answer; 'locked' while it wants another key.
 * - `comfy`     whether the server's ComfyUI answers: 'up', or 'away' while it starts.
 * - `stale`     whether the server has other files by now than those that this page was made of.
 * - `problem`   a sentence for the reader, or null: {sentence, about}; `about` is the part that said it, and that takes it
 *   back with `state.solved(about)`.
 * - `tab`       the name of the panel that shows, which the page's address has too.
 *
 * `state.on('settings source', hear)` calls `hear(names)` after any of these changed, and returns what ends that.
 * Settings are kept in the browser, this tab's first, so that nothing is lost when a page is closed; the source is kept
 * by keep.js.
 */

import { remember, remembered } from './memory.js'

const SETTINGS = 'pixart.settings'
const KEY = 'pixart.key'

/** The settings of somebody who chose nothing yet. */
export const USUAL = Object.freeze({
  machine: '',
  pattern: '',
  quality: '',
  style: 'retro-16bit',
  palette: '',
  colors: Object.freeze([]),
  ownColors: 0,
  width: 64,
  height: 64,
  fit: 'longest',
  dither: '',
  method: '',
  metric: '',
  strength: null,
  contrast: null,
  paper: false,
  snap: false,
  clean: false,
  outline: '',
  prompt: '',
  negative: '',
  mode: '',
  model: '',
  seed: null,
  steps: null,
})

/** What the browser kept under a name, or null, also where it keeps nothing or something else. */
export function kept(place, name) {
  try {
    return JSON.parse(remembered(place, name))
  } catch {
    return null
  }
}

/** Keep a value. */
export function keep(place, name, value) {
  remember(place, name, JSON.stringify(value))
}

/** The settings kept here or in another tab, without what there is no field for or has another kind. */
function recalled() {
  const known = kept('session', SETTINGS) ?? kept('local', SETTINGS)
  if (!known) return USUAL
  const fits = (name) => USUAL[name] === null || typeof known[name] === typeof USUAL[name]
  const names = Object.keys(USUAL).filter((name) => name in known && fits(name))
  return Object.freeze({ ...USUAL, ...Object.fromEntries(names.map((name) => [name, known[name]])) })
}

class State extends EventTarget {
  #values = {
    settings: recalled(),
    source: null,
    result: null,
    brought: null,
    kept: null,
    options: null,
    key: kept('session', KEY) ?? '',
    link: 'up',
    comfy: 'up',
    stale: false,
    problem: null,
    tab: 'look',
  }

  /** One of the values that the head of this file lists. */
  get(name) {
    return this.#values[name]
  }

  /** Set some values; who hears of them is called once, after all are set. */
  set(values) {
    const names = Object.keys(values).filter((name) => this.#values[name] !== values[name])
    if (!names.length) return
    Object.assign(this.#values, values)
    if (names.includes('key')) keep('session', KEY, values.key)
    this.dispatchEvent(new CustomEvent('change', { detail: new Set(names) }))
  }

  /** Change some settings of the next drawing. */
  tune(fields) {
    const before = this.get('settings')
    if (Object.keys(fields).every((name) => before[name] === fields[name])) return
    const settings = Object.freeze({ ...before, ...fields })
    for (const place of ['session', 'local']) keep(place, SETTINGS, settings)
    this.set({ settings })
  }

  /** Say a sentence to the reader; `about` names the part that says it. */
  trouble(sentence, about) {
    this.set({ problem: { sentence, about } })
  }

  /** Take back what this part said, if it still stands. */
  solved(about) {
    if (this.get('problem')?.about === about) this.set({ problem: null })
  }

  /** Call `hear` after any of these values, written with spaces between, was changed; returns what ends that. */
  on(names, hear) {
    const wanted = names.split(' ')
    const listen = ({ detail }) => wanted.some((name) => detail.has(name)) && hear(detail)
    this.addEventListener('change', listen)
    return () => this.removeEventListener('change', listen)
  }
}

/** The one of this page. */
export const state = new State()

/** Pictures to draw from: the sample, and files that are dropped, pasted, opened or photographed. */
import { at, call, patient } from './api.js'
import { inStyle, settingsOf } from './metadata.js'
import { merged } from './pictures/archive.js'
import { firstFrame } from './pictures/aseprite.js'
import { blobOf } from './request.js'
import { state } from './state.js'
import { frameCount } from './view/frames.js'
import { colored } from './view/png.js'
import { words } from './words/en.js'

const MOST_MEGAPIXELS = 64 // more than any camera of a phone has; a browser needs 4 bytes for each pixel
const LONGEST = 1024 // pixels a side that are sent; of more, pixel art shows nothing
const SENT = ['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/bmp'] // what the server opens as it is
const LARGEST_FILE = 4 << 20 // bytes that are sent as they are with every drawing
const LARGEST_SENT = 32 << 20 // bytes that the server takes
const DRAWN = 'image/svg+xml' // has no pixels of its own, so it is drawn as large as may be
const PALETTE = /\.(gpl|hex|pal|act|ase|aco)$/i // files that hold colours and no picture
const TEXT = /\.(txt|json)$/i // may hold colours too
const PHOTO = /\.(heic|heif)$/i // as telephones keep them; some browsers open it
const FILM = /\.(mp4|m4v|mov|webm|mkv|avi)$/i
const ARCHIVE = /\.(kra|ora)$/i // drawing programs' own, with a picture of all layers in them
const PRINT = /\.(psd|tiff?)$/i // Photoshop's, and what scanners write: of the browsers hardly one opens them, so the server does
const SPRITE = /\.(aseprite|ase)$/i // Aseprite's; the shorter ending is one of palettes too

state.on('source', () => state.solved('source')) // what was wrong with a file is past once there is another picture

/** The sketch that a newcomer sees. */
export async function sample() {
  const blob = await (await fetch(at('studio/sample.png'))).blob()
  return { blob, ...(await sizeOf(blob, words.canvas.sample)), name: words.canvas.sample, kind: 'sample' }
}

/** What the sample becomes by the settings of a newcomer, as a `result`. */
export async function sampleResult() {
  const blob = await (await fetch(at('studio/sample-result.png'))).blob()
  const size = await sizeOf(blob, words.canvas.sample)
  return { blob, ...size, id: 'sample', body: null, notes: [], algorithm: '', look: null, milliseconds: 0 }
}

/**
 * Take a file for the source, and a picture of ours with the settings that it was made with; `paper` says whether it is a
 * photo of paper. A palette goes on to the panel for those. The reader is told why where it can't be.
 */
export async function open(file, { name = file.name ?? '', paper = false } = {}) {
  try {
    const { picture, palette, ...about } = await inside(file, name)
    if (palette) return state.solved('source'), state.set({ brought: palette, tab: 'palettes' }), true
    const [source, settings] = await Promise.all([taken(picture, name), settingsOf(file)])
    state.tune({ paper, ...(settings && inStyle(settings, state.get('options')?.styles ?? {})) })
    state.set({ source: { ...source, ...about } })
    return true
  } catch (error) {
    state.trouble(error.message, 'source')
    return false
  }
}

/** A file's picture as a blob that the server opens. Throws an Error with a sentence. */
export async function pictureIn(file) {
  const { picture } = await inside(file, file.name)
  return (await taken(picture, file.name)).blob
}

/** Take what was dropped or pasted: one picture; of what else there may be the reader is told what to do with it. */
export async function take(transfer) {
  const files = [...transfer.files]
  const folder = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).find((entry) => entry?.isDirectory)
  if (folder) return state.trouble(words.canvas.folder(folder.name), 'source')
  if (!files.length) return textual(transfer.getData('text/uri-list') || transfer.getData('text/plain'))
  const file = files.find(({ type }) => type.startsWith('image/')) ?? files[0]
  if ((await open(file)) && files.length > 1) state.trouble(words.canvas.several(files.length, file.name), 'source')
}

/** Take a text: pictures may come as one, from other pages. */
function textual(text) {
  if (/^data:image\//i.test(text)) return written(text)
  if (text) state.trouble(URL.canParse(text.trim()) ? words.canvas.link : words.canvas.text, 'source')
}

/** Take a picture that is written as a data URL. */
function written(url) {
  try {
    return open(blobOf(url), { name: words.canvas.unnamed })
  } catch {
    state.trouble(words.canvas.damaged(words.canvas.unnamed), 'source')
  }
}

/** {picture, note} that a drawing program's file holds, {palette} of one of colours; any other file as it is. Throws an Error. */
async function inside(file, name) {
  if (!file.size) throw new Error(words.canvas.empty(name))
  if (ARCHIVE.test(name)) {
    const picture = await merged(file).catch(() => null)
    if (picture) return { picture }
  }
  if (PRINT.test(name)) return { picture: await opened(file, name) }
  const sprite = SPRITE.test(name) && (await firstFrame(file).catch(() => null))
  if (!sprite && PALETTE.test(name)) return { palette: file }
  if (TEXT.test(name)) throw new Error(words.canvas.textFile(name))
  if (!sprite) return { picture: file }
  const note = sprite.frames > 1 && { note: words.canvas.sprite(sprite.frames, name) }
  return { picture: await colored(sprite.pixels), ...note }
}

/** A file as the PNG that the server makes of it, whose sentence says why where it can't. Throws a Refusal. */
async function opened(file, name) {
  if (file.size > LARGEST_SENT) throw new Error(words.canvas.heavy(name, Math.round(file.size / 2 ** 20), LARGEST_SENT / 2 ** 20))
  return (await patient(() => call(`pictures?name=${encodeURIComponent(name)}`, { method: 'POST', body: file }))).blob()
}

/** The file as a source, smaller where it is larger than a drawing needs. Throws an Error with a sentence. */
async function taken(blob, name) {
  return shown(blob, name, async (image) => {
    const { naturalWidth: width, naturalHeight: height } = image
    const megapixels = (width * height) / 1e6
    if (megapixels > MOST_MEGAPIXELS) throw new Error(words.canvas.large(Math.round(megapixels), MOST_MEGAPIXELS))
    const most = LONGEST / Math.max(width, height)
    const factor = blob.type === DRAWN ? most : Math.min(1, most)
    const sent = SENT.includes(blob.type) && factor === 1 && blob.size <= LARGEST_FILE
    const about = { name, kind: 'file', ...(await motion(blob, sent)) }
    await whole(blob, name, image)
    if (sent) return { blob, width, height, ...about }
    return { ...(await redrawn(image, width * factor, height * factor)), ...about }
  })
}

/** See that the picture can be decoded to its end: its head alone has told its size. Throws an Error with a sentence. */
async function whole(blob, name, image) {
  const decoded = blob.type === DRAWN ? image.decode() : createImageBitmap(blob).then((bitmap) => bitmap.close())
  await decoded.catch(() => {
    throw new Error(words.canvas.damaged(name))
  })
}

/** Of a picture that moves, where the browser can tell: whether it is sent with all its frames, and what is said of them. */
async function motion(blob, moves) {
  const frames = await frameCount(blob).catch(() => 1)
  if (frames === 1) return {}
  const { moves: all, stands: first } = words.canvas
  return { moves, note: moves ? all(frames) : first(frames, LONGEST, LARGEST_FILE >> 20) }
}

/** An image element as a PNG of a size. */
async function redrawn(image, ...sides) {
  const [width, height] = sides.map((side) => Math.max(1, Math.round(side)))
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  context.imageSmoothingQuality = 'high'
  context.drawImage(image, 0, 0, width, height)
  return { blob: await colored(context.getImageData(0, 0, width, height)), width, height }
}

async function sizeOf(blob, name) {
  return shown(blob, name, ({ naturalWidth, naturalHeight }) => ({ width: naturalWidth, height: naturalHeight }))
}

/** Which sentence is said of a file that the browser doesn't open. */
function unopened(name) {
  if (SPRITE.test(name)) return 'foreign'
  if (PHOTO.test(name)) return 'telephone'
  return FILM.test(name) ? 'film' : 'unreadable'
}

/** What `use` makes of the picture in an image element, which reads its size from the head of the file. */
async function shown(blob, name, use) {
  const image = new Image()
  const url = URL.createObjectURL(blob)
  const loaded = new Promise((done, failed) => Object.assign(image, { onload: done, onerror: failed, src: url }))
  try {
    await loaded.catch(() => {
      throw new Error(words.canvas[unopened(name)](name))
    })
    return await use(image)
  } finally {
    URL.revokeObjectURL(url)
  }
}

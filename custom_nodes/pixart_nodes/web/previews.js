// Small pictures on Save Image and Preview Image, on our nodes larger and moving ones too: crisp, by whole factors, instead of
// a stamp or a blur.
import { api } from '../../scripts/api.js'
import { app } from '../../scripts/app.js'
import { addStyles, addWidget, ours } from './editor.js'
import { grow, measure } from './room.js'
import { Sheet } from './sheet.js'
import { SMALL, Viewer } from './viewer.js'
import { watch } from './watch.js'

const OTHERS = ['SaveImage', 'PreviewImage']
const LARGEST_OF_OURS = 1024 // what comes out of our nodes is mostly pixel art: sheets, and screens of 320 x 200
const EDGES = 24 // pixels of a widget left and right of the picture
const BUILT_IN = ['$$canvas-image-preview', '$$comfy_animation_preview'] // the classic renderer's

/** What a node reported last, also where it is in a subgraph. */
export function outputOf(node) {
  const place = node.graph && node.graph.isRootGraph === false ? `${node.graph.id}:` : ''
  return app.nodeOutputs?.[place + node.id]
}

const isSheet = node => node.comfyClass === 'PixartContactSheet'

const moves = ({ animated, images }) => Boolean(animated?.[0]) || images.some(each => /\.gif$/i.test(each.filename))

const isFilm = ({ images }) => images.some(each => /\.(mp4|webm)$/i.test(each.filename))

class Preview {
  constructor(node) {
    this.node = node
    this.at = 0
    this.most = isSheet(node) ? Infinity : ours(node) ? LARGEST_OF_OURS : SMALL // pixels a side of what is shown
    watch(node, () => this.#images(), images => this.#load(images))
    watch(node, () => [node.size[0], this.hidden], () => this.viewer?.fit())
  }

  #images() {
    const output = outputOf(this.node)
    if (!output?.images?.length || isFilm(output)) return []
    this.moving = moves(output)
    return this.moving && !ours(this.node) ? [] : output.images
  }

  async #load(images) {
    this.images = images
    const turn = (this.turn = Symbol('newest'))
    const shown = images.length ? await fetched(images[Math.min(this.at, images.length - 1)]) : null
    if (turn !== this.turn) return
    const small = shown && Math.max(shown.image.naturalWidth, shown.image.naturalHeight) <= this.most
    if (small) this.#show(shown)
    else if (this.widget) this.#hide()
  }

  #show({ image, buffer }) {
    if (!this.widget) this.#begin()
    this.hidden = this.widget.hidden = this.viewer.root.hidden = false
    const place = [this.at, this.images.length]
    this.moving ? this.viewer.play(image, ...place) : this.viewer.show(image, buffer, ...place)
    this.#fit()
  }

  #begin() {
    const room = () => this.node.size[0] - EDGES
    this.viewer = isSheet(this.node) ? new Sheet(room, this.node, () => outputOf(this.node)) : new Viewer(room)
    this.viewer.turned = () => {
      this.at = (this.at + 1) % this.images.length
      this.#load(this.images)
    }
    this.widget = addWidget(this.node, 'pixels', this.viewer.root, () => (this.hidden ? 0 : this.viewer.height() + 20))
    const draw = this.node.onDrawBackground
    const preview = this
    this.node.onDrawBackground = function () {
      const drawn = draw?.apply(this, arguments)
      if (!preview.hidden) silence(this)
      return drawn
    }
  }

  #hide() {
    this.hidden = this.widget.hidden = this.viewer.root.hidden = true
    this.#fit()
  }

  // Wide enough that no pixel of the picture is left out.
  #width() {
    return this.hidden ? 0 : this.viewer.width() + EDGES
  }

  #fit() {
    silence(this.node, this.hidden)
    const [width, height] = this.node.computeSize()
    grow(this.node, [Math.max(width, this.#width()), height])
  }
}

/** The classic renderer's own picture takes no room and isn't drawn, or is again. */
function silence(node, again = false) {
  for (const each of node.widgets ?? []) if (BUILT_IN.includes(each.name)) quieten(each, again)
}

function quieten(builtIn, again) {
  if ((builtIn.pixart === true) === !again) return
  builtIn.pixart = builtIn.hidden = !again
  if (again) return void (delete builtIn.drawWidget, delete builtIn.computeLayoutSize)
  builtIn.drawWidget = () => {}
  builtIn.computeLayoutSize = () => ({ minHeight: 0, maxHeight: 0, minWidth: 0 })
}

/** A reported picture and the bytes of its file; null where it isn't there any more. */
async function fetched({ filename, subfolder = '', type = 'output' }) {
  const response = await api.fetchApi(`/view?${new URLSearchParams({ filename, subfolder, type })}`)
  if (!response.ok) return null
  const blob = await response.blob()
  const image = new Image()
  image.src = URL.createObjectURL(blob)
  await image.decode().catch(() => {})
  URL.revokeObjectURL(image.src)
  return image.naturalWidth ? { image, buffer: await blob.arrayBuffer() } : null
}

app.registerExtension({
  name: 'Pixart.Previews',

  setup: addStyles,

  nodeCreated(node) {
    if (!ours(node) && !OTHERS.includes(node.comfyClass)) return
    measure(node)
    new Preview(node)
  }
})

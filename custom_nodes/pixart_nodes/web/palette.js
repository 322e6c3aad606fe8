// The node Palette shows its colours at once, and takes palettes by drop, paste and file.
import { app } from '../../scripts/app.js'
import { addStyles, addWidget, changed, element, field, setField, widget } from './editor.js'
import { looksLikePalette } from './palette_text.js'
import * as palettes from './palettes.js'
import { grow } from './room.js'
import { translated } from './sentences.js'
import { Swatches, menu } from './swatches.js'
import { watch } from './watch.js'

const NODE = 'PixartPalette'
const FIELDS = ['palette', 'colors', 'file']
const FILES = /\.(gpl|hex|pal|act|ase|aco|aseprite)$/i // which open nothing else in the editor
const ACCEPT = '.gpl,.hex,.pal,.act,.ase,.aco,.aseprite,.txt,.json,.png,.gif,.bmp,.jpg,.jpeg,.webp'
const ROW = 22 // pixels of a swatch with its gap
const FRAME = 52 // pixels above the swatches, and of the widget's own edges
const SIDES = 18 // pixels left and right of them, less one gap

class PaletteView {
  constructor(node) {
    this.node = node
    this.count = 0
    this.swatches = new Swatches((colors, done) => this.#edited(colors, done))
    this.source = element('span', 'pixart-source')
    this.clear = this.#button('×', translated('Back to the menu of palettes'), () => this.#set('', ''))
    const about = translated('Take the colours of a palette file or a picture')
    const open = this.#button(translated('Open…'), about, event => this.#more(event))
    this.error = element('p', 'pixart-error', { role: 'alert', hidden: true })
    const head = element('div', 'pixart-head', {}, this.source, this.clear, open)
    this.root = element('div', 'pixart-palette', {}, head, this.error, this.swatches.root)
    addWidget(node, 'swatches', this.root, () => this.#height())
    watch(node, () => FIELDS.map(name => field(node, name)), values => this.#show(...values))
  }

  async #show(name, colors, file) {
    const turn = (this.turn = Symbol('newest')) // answers may overtake each other
    try {
      const palette = await this.#palette(name, colors, file)
      if (turn !== this.turn) return
      this.source.textContent = this.#about(palette, colors, file)
      if (this.editing !== colors) this.swatches.show(palette.colors, palette.names)
      this.#resize(palette.colors.length)
      this.error.hidden = true
    } catch (error) {
      if (turn !== this.turn) return
      this.error.textContent = translated(error.message)
      this.error.hidden = false
    }
    this.clear.hidden = !colors.trim() && !file.trim()
  }

  async #palette(name, colors, file) {
    if (file.trim()) return palettes.inFolder(file)
    if (colors.trim()) return palettes.read(colors)
    const palette = (await palettes.all()).get(name)
    if (!palette) throw new Error(`There is no palette '${name}'; choose another.`)
    return palette
  }

  #about(palette, colors, file) {
    const { length } = palette.colors
    const count = length === 1 ? translated('· 1 colour') : translated(`· ${length} colours`)
    const own = colors.trim() && (palettes.nameOf(palette, colors) ?? translated('own colours'))
    return `${file.trim() || own || palette.name} ${count}`
  }

  #button(textContent, title, action) {
    const made = element('button', 'pixart-button', { type: 'button', textContent, title })
    made.addEventListener('click', action)
    return made
  }

  #height() {
    const columns = Math.max(1, Math.floor((this.node.size[0] - SIDES) / ROW))
    return FRAME + ROW * Math.max(1, Math.ceil((this.count + 1) / columns)) + (this.error.hidden ? 0 : 36)
  }

  #resize(count) {
    if (count === this.count) return
    this.count = count
    grow(this.node, this.node.computeSize())
  }

  #set(colors, file) {
    setField(this.node, 'colors', colors)
    setField(this.node, 'file', file)
    changed(this.node)
  }

  #edited(colors, done) {
    const text = colors.join(' ')
    this.editing = done ? undefined : text // while the picker is open its swatch must stay
    setField(this.node, 'colors', text)
    setField(this.node, 'file', '')
    if (done) this.swatches.show(colors), changed(this.node)
  }

  #more(event) {
    const choose = take => {
      const input = element('input', '', { type: 'file', accept: ACCEPT })
      input.addEventListener('change', () => this.try(() => take(input.files[0])))
      input.click()
    }
    menu(event, [
      [translated('Take the colours of a file…'), () => choose(file => this.take(file))],
      [translated('Upload a palette file and use it…'), () => choose(async file => this.#set('', await palettes.upload(file)))],
      [translated('Copy as hex'), () => navigator.clipboard.writeText(this.text())]
    ])
  }

  /** The colours as text, one a line. */
  text() {
    return this.swatches.colors.map(each => each.rgb).join('\n')
  }

  /** Takes the colours of a File or a text. */
  async take(given) {
    this.#set((await palettes.read(given)).text, '')
  }

  /** Says on the node what goes wrong in an action. */
  async try(action) {
    try {
      await action()
    } catch (error) {
      this.error.textContent = translated(error.message)
      this.error.hidden = false
      this.node.setDirtyCanvas?.(true, true)
    }
  }
}

const views = new WeakMap()

const view = node => views.get(node)

function newNode([x, y]) {
  const node = LiteGraph.createNode(NODE)
  node.pos = [x, y]
  app.canvas.graph.add(node)
  return node
}

/** The node Palette at a place of the page, in either renderer. */
function nodeAt(event) {
  const { graph } = app.canvas
  const id = event.target.closest?.('[data-node-id]')?.dataset.nodeId
  const node = id ? graph.getNodeById(id) : graph.getNodeOnPos(...app.canvas.convertEventToCanvasOffset(event))
  return node && view(node) ? node : null
}

function drop(event) {
  const files = [...(event.dataTransfer?.files ?? [])]
  const node = nodeAt(event)
  const file = node ? files[0] : files.find(each => FILES.test(each.name))
  if (!file) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const shown = view(node ?? newNode(app.canvas.convertEventToCanvasOffset(event)))
  shown.try(() => shown.take(file))
}

function paste(event) {
  if (event.target.closest?.('input, textarea, [contenteditable]')) return
  const [node] = Object.values(app.canvas.selected_nodes ?? {})
  const text = event.clipboardData?.getData('text/plain') ?? ''
  const file = [...(event.clipboardData?.files ?? [])].find(each => view(node) || FILES.test(each.name))
  const given = file ?? (looksLikePalette(text) ? text : null)
  if (given === null) return
  event.preventDefault()
  event.stopImmediatePropagation()
  const shown = view(node && view(node) ? node : newNode(app.canvas.graph_mouse))
  shown.try(() => shown.take(given))
}

app.registerExtension({
  name: 'Pixart.Palette',

  setup() {
    addStyles()
    window.addEventListener('drop', drop, true)
    document.addEventListener('paste', paste, true)
  },

  nodeCreated(node) {
    if (node.comfyClass === NODE && widget(node, 'colors')) views.set(node, new PaletteView(node))
  }
})

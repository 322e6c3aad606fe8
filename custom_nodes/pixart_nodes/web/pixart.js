// What ComfyUI's editor does for its own nodes only, and what our nodes report, where a person can read it.
import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'

const MOST_LINES = 12
const TEXT = '$$node-text-preview' // the editor's own widget for what a node says while it runs

const widget = (node, name) => node.widgets?.find(each => each.name === name)

// %date:yyyy-MM-dd% and %Node.widget%, as in Save Image.
const replaced = text => window.comfyAPI?.utils?.applyTextReplacements?.(app, text) ?? text

const escaped = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const worded = value => (Array.isArray(value) ? value.join(', ') : String(value))

function lines({ files = [], pixart = [] }) {
  const paths = files.map(file => [file.type, file.subfolder, file.filename].filter(Boolean).join('/'))
  const facts = pixart.flatMap(Object.entries).map(([name, value]) => [name, value === null ? '' : worded(value)])
  facts.sort(([one], [other]) => (other === 'notes') - (one === 'notes')) // what is odd goes first: two lines show
  return [...paths, ...facts.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`)]
}

function tell(node, output) {
  const said = lines(output ?? {})
  if (!said.length || node.graph !== (app.rootGraph ?? app.graph)) return // in a subgraph the event finds another node
  const more = said.length > MOST_LINES ? ['…'] : []
  const text = escaped([...said.slice(0, MOST_LINES), ...more].join('\n')) // the widget shows HTML
  api.dispatchCustomEvent('progress_text', { nodeId: String(node.id), text })
  const shown = widget(node, TEXT)
  if (shown) shown.serialize = false // else it would be one more value of the node in saved workflows
}

// By itself the editor moves an APNG or WebP only; of a GIF it draws the first frame.
function move(node) {
  const draw = node.onDrawBackground
  node.onDrawBackground = function () {
    draw?.apply(this, arguments) // sets both, `animatedImages` by what the node said of its output
    if (this.images?.[0]?.filename?.endsWith('.gif')) this.animatedImages = true
  }
}

app.registerExtension({
  name: 'Pixart',

  nodeCreated(node) {
    if (!node.comfyClass?.startsWith('Pixart')) return
    const prefix = widget(node, 'filename_prefix')
    if (prefix) prefix.serializeValue = () => replaced(prefix.value)
    const control = node.comfyClass === 'PixartChainParameters' && widget(node, 'control_after_generate')
    if (control) control.value = 'fixed' // the number is the token's: the next run is of the same
    if (node.comfyClass === 'PixartSaveAnimation') move(node)
    const executed = node.onExecuted
    node.onExecuted = function (output) {
      executed?.apply(this, arguments)
      tell(this, output)
    }
  }
})

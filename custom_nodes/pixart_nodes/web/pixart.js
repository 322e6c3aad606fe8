// What ComfyUI's editor does for its own nodes only.
import { app } from '../../scripts/app.js'
import { ours, widget } from './editor.js'

// %date:yyyy-MM-dd% and %Node.widget%, as in Save Image.
const replaced = text => window.comfyAPI?.utils?.applyTextReplacements?.(app, text) ?? text

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
    if (!ours(node)) return
    const prefix = widget(node, 'filename_prefix')
    if (prefix) prefix.serializeValue = () => replaced(prefix.value)
    const control = node.comfyClass === 'PixartChainParameters' && widget(node, 'control_after_generate')
    if (control) control.value = 'fixed' // the number is the token's: the next run is of the same
    if (node.comfyClass === 'PixartSaveAnimation') move(node)
  }
})

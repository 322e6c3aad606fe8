// The colours of our own kinds of sockets and their links, in both renderers and under every theme.
import { app } from '../../scripts/app.js'

const COLORS = { PIXART_PALETTE: '#c6f24e', PIXART_LOOK: '#4fd1c5' }

// A theme sets the colour of each kind that it doesn't know to nothing: then ours stays.
function keep(table) {
  for (const [kind, color] of Object.entries(COLORS)) {
    let value = color
    Object.defineProperty(table, kind, {
      configurable: true,
      enumerable: true,
      get: () => value,
      set: themed => (value = themed || color)
    })
  }
}

function style() {
  const sheet = document.createElement('style')
  const lines = Object.entries(COLORS).map(([kind, color]) => `--color-datatype-${kind}: ${color};`)
  sheet.textContent = `:root { ${lines.join(' ')} }`
  document.head.append(sheet)
}

app.registerExtension({
  name: 'Pixart.SocketColors',

  setup() {
    keep(app.canvas.constructor.link_type_colors)
    keep(app.canvas.default_connection_color_byType)
    style() // Nodes 2.0
  }
})

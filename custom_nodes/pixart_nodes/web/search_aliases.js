// Front ends before 1.37 search the names of nodes only: there our nodes are found here by what else they are called.
import { app } from '../../scripts/app.js'

const LEAST = 3 // letters
const KEY = 'search_aliases'
const aliases = new Map()

const plain = text => text.toLowerCase().replace(/[\s_-]/g, '')

const nodes = () => document.querySelector('#vue-app')?.__vue_app__?.config.globalProperties.$pinia?._s.get('nodeDef')

const knows = service => service.nodeFuseSearch?.fuse?.options?.keys?.includes(KEY)

function called(query) {
  const asked = plain(query)
  if (asked.length < LEAST) return []
  const names = [...aliases].filter(([, words]) => words.some(word => word.includes(asked))).map(([name]) => name)
  return names.map(name => nodes().nodeDefsByName[name]).filter(Boolean)
}

// Nodes that have the words in their names go first, ours next, then what is only nearly called so.
function merged(query, found, more) {
  const named = found.filter(each => plain(each.display_name).includes(plain(query)))
  return [...new Set([...named, ...more, ...found])]
}

app.registerExtension({
  name: 'Pixart.SearchAliases',

  addCustomNodeDefs(definitions) {
    for (const [name, { search_aliases: words }] of Object.entries(definitions))
      if (name.startsWith('Pixart') && words) aliases.set(name, words.map(plain))
  },

  setup() {
    const service = nodes()?.nodeSearchService
    if (!service || knows(service)) return
    const kind = Object.getPrototypeOf(service)
    const { searchNode } = kind
    kind.searchNode = function (query, filters = [], options, ...more) {
      const found = searchNode.call(this, query, filters, options, ...more)
      const all = filters.length ? found : merged(query, found, called(query))
      return options?.limit ? all.slice(0, options.limit) : all
    }
  }
})

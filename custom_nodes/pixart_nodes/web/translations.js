// Front ends up to 1.32 load a language over what node packs say in it: there the packs' translations are put back.
import { app } from '../../scripts/app.js'
import { api } from '../../scripts/api.js'

const PROOF = 'nodeDefs.PixartPalette.display_name'
const MOST_WAITS = 100
const WAIT = 50 // milliseconds

// The page's translations, or nothing where the front end keeps them elsewhere.
function composer() {
  const page = document.querySelector('#vue-app')?.__vue_app__
  return page?._context?.provides?.[page.__VUE_I18N_SYMBOL__]?.global
}

// The language that is set is the page's once its own texts are loaded.
async function loaded(texts, language) {
  for (let waits = 0; waits < MOST_WAITS && texts.locale.value !== language; waits++)
    await new Promise(done => setTimeout(done, WAIT))
  return texts.locale.value === language
}

// What the page made of the server's list of nodes before it knew better.
function reword(definitions, { nodeDefs = {}, nodeCategories = {} }) {
  for (const [name, said] of Object.entries(nodeDefs)) {
    const definition = definitions[name]
    if (!definition || !name.startsWith('Pixart')) continue
    const parts = definition.category.split('/').map(part => nodeCategories[part] ?? part)
    Object.assign(definition, {
      display_name: said.display_name ?? definition.display_name,
      description: said.description ?? definition.description,
      category: parts.join('/')
    })
  }
}

app.registerExtension({
  name: 'Pixart.Translations',

  async addCustomNodeDefs(definitions) {
    const texts = composer()
    const language = app.ui?.settings?.getSettingValue?.('Comfy.Locale')
    if (!texts || !language || language === 'en') return
    if (!(await loaded(texts, language)) || texts.te(PROOF, language)) return
    const answer = await api.fetchApi('/i18n')
    const said = (await answer.json())[language]
    if (!said) return
    texts.mergeLocaleMessage(language, said)
    reword(definitions, said)
  }
})

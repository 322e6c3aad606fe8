/**
 * The panels beside the picture. A panel is one module that defines a custom element (no shadow root, so that the page's
 * styles hold) and one line here; its label is `words.panels[name]`. A panel is made when it first shows, and stays.
 */
export const PANELS = [
  { name: 'look', tag: 'px-look', module: './parts/look.js' },
  { name: 'palettes', tag: 'px-palettes', module: './parts/palettes.js' },
  { name: 'words', tag: 'px-words', module: './parts/words.js' },
  { name: 'gallery', tag: 'px-gallery', module: './parts/gallery.js' },
  { name: 'out', tag: 'px-out', module: './parts/out.js' },
]

/**
 * The panels beside the picture. A panel is one module that defines a custom element (no shadow root, so that the page's
 * styles hold) and one line here; its label is `words.panels[name]`. A panel is made when it first shows, and stays.
 */
export const PANELS = [
  { name: 'look', tag: 'px-look', module: './parts/look.js' },
  { name: 'out', tag: 'px-out', module: './parts/out.js' },
]

/** Diagrams of the documents: blocks of Mermaid, which GitHub draws, and which the site has as images. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the images, which `node scripts/diagrams.mjs` draws: one for light pages, one for dark ones. */
export const folder = fileURLToPath(new URL('../public/diagrams', import.meta.url))
export const schemes = ['light', 'dark']

/** Returns the name of the image of a diagram. */
export function imageOf(source, scheme) {
  return `${createHash('sha256').update(source.trim()).digest('hex').slice(0, 16)}-${scheme}.svg`
}

/** Returns the sources of the diagrams in a text. */
export function diagramsIn(text) {
  return [...text.matchAll(/^```mermaid\n([\s\S]*?)^```$/gm)].map(([, source = '']) => source)
}

/** Has a site show the images in place of the blocks. */
export function drawDiagrams(md) {
  const { fence } = md.renderer.rules
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info, content } = tokens[index]
    return info.trim() === 'mermaid'
      ? htmlOf(content, headingAbove(tokens, index))
      : fence(tokens, index, ...rest)
  }
}

function headingAbove(tokens, index) {
  const at = tokens.slice(0, index).findLastIndex(({ type }) => type === 'heading_open')
  return tokens[at + 1]?.content ?? ''
}

function htmlOf(source, heading) {
  const images = schemes.map((scheme) => {
    const name = imageOf(source, scheme)
    const file = join(folder, name)
    if (!existsSync(file))
      throw new Error(`a diagram has changed: run node scripts/diagrams.mjs (${heading})`)
    const [, width, height] = /viewBox="\S+ \S+ (\S+) (\S+)"/.exec(readFileSync(file, 'utf8')) ?? []
    const size = `width="${Math.ceil(width)}" height="${Math.ceil(height)}"`
    return `<img class="diagram ${scheme}" src="/diagrams/${name}" alt="Diagram: ${heading}" ${size}>`
  })
  return `<p>${images.join('')}</p>\n`
}

/** Writes what language models read: llms.txt, llms-full.txt, and each page as Markdown. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Headings of the sidebar whose pages are for contributors, or too many to be read at once. */
const leftOut = new Set(['Inside', 'Decisions'])

/**
 * Writes the files into the folder of the site that was built.
 *
 * @param base path of the site on its host
 * @param groups headings of the sidebar, each with its pages: title, place on the site, document
 * @param targetOf leads a link of a document to its place on the site
 */
export function writeLlms({ out, base, root, title, description, groups, targetOf }) {
  const onHost = (place) => place.replace(/^\//, base)
  const linkOf = (document, link) => onHost(targetOf(document, link))
  const read = ({ document }) => markdownOf(readFileSync(join(root, document), 'utf8'), document, linkOf)
  const lineOf = ({ title: name, place }) => `- [${name}](${onHost(fileOf(place))})`
  const shown = groups.filter(({ text }) => !leftOut.has(text))
  const list = shown.map(({ text, pages }) => `## ${text}\n\n${pages.map(lineOf).join('\n')}\n`)
  const head = `# ${title}\n\n> ${description}\n`
  writeFileSync(join(out, 'llms.txt'), [head, ...list].join('\n'))
  const texts = shown.flatMap(({ pages }) => pages.map((page) => `<!-- ${page.place} -->\n\n${read(page)}`))
  writeFileSync(join(out, 'llms-full.txt'), texts.join('\n'))
  for (const page of groups.flatMap(({ pages }) => pages)) {
    const file = join(out, fileOf(page.place))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, read(page))
  }
}

const fileOf = (place) => `${place.endsWith('/') ? `${place}index` : place}.md`

/** Returns a document without its comments, its links leading to places on the site. */
function markdownOf(text, document, targetOf) {
  const parts = text.split(/^(```[\s\S]*?^```)$/m)
  return parts.map((part) => (part.startsWith('```') ? part : proseOf(part, document, targetOf))).join('')
}

function proseOf(text, document, targetOf) {
  return text
    .replace(/^<!--[\s\S]*?-->\n+/gm, '')
    .replace(/\]\(([^)\s]+)\)/g, (_, link) => `](${targetOf(document, link)})`)
}

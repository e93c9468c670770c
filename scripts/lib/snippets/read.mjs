/** Reading of the documents: which there are, and the blocks of code in them. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Folders of `docs` that hold no pages; `reference/api` is written when the site is built. */
const notPages = new Set(['node_modules', '.vitepress', '.snippets', 'snippets', 'api'])

function pagesBelow(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return notPages.has(entry.name) ? [] : pagesBelow(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/**
 * Lists the documents of users and contributors, relative to the workspace.
 *
 * @param only a document, or a folder of them; undefined: all
 * @throws where there is none of that name
 */
export function documents(only) {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
  const all = ['README.md', 'CONTRIBUTING.md', ...packages, ...pagesBelow('docs')].sort()
  if (only === undefined) return all
  const named = all.filter(
    (document) => document === only || document.startsWith(`${only.replace(/\/$/, '')}/`),
  )
  if (named.length === 0) throw new Error(`there is no document ${only}`)
  return named
}

export const readDocument = (document) => readFileSync(join(root, document), 'utf8')

/** Languages whose blocks are compiled and run, and the extension that each has then. */
const extensions = {
  js: '.ts',
  mjs: '.ts',
  ts: '.ts',
  javascript: '.ts',
  typescript: '.ts',
  jsx: '.tsx',
  tsx: '.tsx',
  cjs: '.cjs',
}

const knownWords = new Set(['hit', 'quiet', 'continues', 'compiled', 'foreign', 'raises', 'as'])

/** Returns the blocks of a document: language, code, line of the code, words of the comment before. */
export function blocksOf(document, text = readDocument(document)) {
  const pattern = /^(?: *<!-- snippet: (.*?) -->\n+)?( *)```([a-z]*)[^\n]*\n([\s\S]*?)^\2```$/gm
  return [...text.matchAll(pattern)].map((match) => {
    const [whole, words, indent = '', language = '', code = ''] = match
    const before = text.slice(0, match.index + whole.indexOf('```'))
    return {
      document,
      language,
      line: before.split('\n').length + 1,
      words: parseWords(words ?? '', document),
      code: code.replace(new RegExp(`^${indent}`, 'gm'), ''),
    }
  })
}

/** @throws where a word is not one of those that docs/internals/snippets.md lists */
function parseWords(text, document) {
  const words = {}
  for (const [, word, quoted, plain] of text.matchAll(/([\w-]+)(?:="([^"]*)"|=(\S+))?/g)) {
    if (!knownWords.has(word))
      throw new Error(`${document}: no word '${word}' of snippets; there are: ${[...knownWords].join(', ')}`)
    words[word] = quoted ?? plain ?? ''
  }
  if (words.foreign === '') throw new Error(`${document}: foreign needs a reason: foreign="why"`)
  return words
}

/** Returns the snippets of a document, those that continue others joined to them. */
export function snippetsOf(document) {
  const snippets = []
  for (const block of blocksOf(document)) {
    const extension = extensions[block.language]
    if (extension === undefined) {
      noteMessage(snippets.at(-1), block)
      continue
    }
    const last = snippets.at(-1)
    if ('continues' in block.words && last !== undefined) {
      last.code += block.code
      last.words = { ...last.words, ...block.words }
    } else snippets.push({ ...block, extension, file: fileNameOf(block.code) })
  }
  return snippets
}

/** Adds to a snippet that raises a code the text below it, which says how. */
function noteMessage(snippet, { language, code }) {
  if (language === 'text' && snippet?.words.raises !== undefined) snippet.message ??= code.trim()
}

/** Returns the name in the comment that begins a block, such as `// cache.ts`; undefined: none. */
function fileNameOf(code) {
  const [, name] = /^\/\/ ([\w./-]+)\.[cm]?[jt]sx?$/m.exec(code.split('\n', 1)[0] ?? '') ?? []
  return name
}

/** Loads each snippet in turn, asks what it serves, and tells what went wrong. */
import { deepStrictEqual } from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { askAll } from './ask.mjs'
import { asSnippet, closeServers, redirectPorts } from './ports.mjs'
import { raisedBy } from './raise.mjs'

const { servers, snippets } = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const requireOfSnippets = createRequire(snippets[0].bundle)
const { configure, memoryStore } = requireOfSnippets('@sitecache/core')
const { forgetWarnings } = requireOfSnippets('@sitecache/core/internal')

/** Longest time that a snippet may take to load, and to be asked, in milliseconds. */
const LONGEST = 60_000

const plain = (value) => (value instanceof Map ? Object.fromEntries(value) : value)
globalThis.snippetExpect = (promise, expected) =>
  Promise.resolve(promise).then((actual) => deepStrictEqual(plain(actual), expected))

let rejected
process.on('unhandledRejection', (error) => {
  rejected ??= error
})
process.on('uncaughtException', (error) => {
  rejected ??= error
})

redirectPorts(servers)

const written = []
for (const name of ['log', 'info', 'warn', 'error', 'debug'])
  console[name] = (...texts) => written.push(texts.map(String).join(' '))

/** Resolves to what went wrong; undefined: nothing. */
async function run({ bundle, words, message }) {
  rejected = undefined
  written.length = 0
  forgetWarnings()
  try {
    const loaded = import(pathToFileURL(bundle).href)
    if ('raises' in words) return await within(2 * LONGEST, 'raised', raisedBy(loaded, words, message))
    const { snippetApp } = await within(LONGEST, 'loaded', loaded)
    if (!('quiet' in words)) await within(LONGEST, 'asked', askAll(snippetApp, words.hit?.split(',') ?? []))
    await new Promise((resolve) => setImmediate(resolve))
    if (rejected !== undefined) throw rejected
    return undefined
  } catch (error) {
    const causes = [error?.cause, rejected].filter((it) => it !== undefined && it !== error).map(String)
    return [String(error?.stack ?? error), ...causes, ...written].join('\n')
  } finally {
    await closeServers()
    configure({ default: { store: memoryStore() } })
  }
}

function within(milliseconds, step, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not ${step} within ${milliseconds} ms`)), milliseconds)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

for (const snippet of snippets) {
  process.send({ index: snippet.index, fault: await asSnippet(() => run(snippet)) })
}
process.disconnect()
process.exit(0)

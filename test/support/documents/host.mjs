/**
 * Runs the programs of documents as they stand there, each on a free port in place of 3000, all in this process:
 * `host.mjs docs/recipes/cart.md …`, forked. Sends the URLs of each document, and ends when its parent does.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { Server } from 'node:http'
import { basename } from 'node:path'
import { transform } from '@swc/core'

const root = new URL('../../../', import.meta.url)
// Below the tests, so that a program finds their packages; ignored by git.
const folder = new URL(`test/node_modules/.cache/programs-${process.pid}/`, root)

/** Blocks that listen are programs; the others are for the tests of snippets. */
function programsOf(text) {
  const blocks = [...text.matchAll(/^```[jt]s[^\n]*\n([\s\S]*?)^```/gm)].map(([, code]) => code)
  return blocks.filter((code) => code.includes('.listen(3000)'))
}

const swcOptions = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
  module: { type: 'es6' },
}

/** Server that the program under way has begun to listen with. @type {Server | undefined} */
let listening
const { listen } = Server.prototype
Server.prototype.listen = function listenElsewhere(_port, ...rest) {
  listening = this
  const callback = rest.find((argument) => typeof argument === 'function')
  return listen.call(this, 0, '127.0.0.1', ...(callback === undefined ? [] : [callback]))
}

/** @param {string} code @param {string} name */
async function run(code, name) {
  const file = new URL(`${name}.mjs`, folder)
  await writeFile(file, (await transform(code, swcOptions)).code)
  listening = undefined
  await import(file.href)
  const server = listening
  if (server === undefined) return undefined
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${server.address().port}`
}

async function runAll(documents) {
  const urls = {}
  await mkdir(folder, { recursive: true })
  for (const document of documents) {
    const name = basename(document, '.md')
    const programs = programsOf(await readFile(new URL(document, root), 'utf8'))
    urls[name] = []
    for (const [index, code] of programs.entries()) urls[name].push(await run(code, `${name}-${index}`))
  }
  return urls
}

process.on('disconnect', () => process.exit())
try {
  process.send({ urls: await runAll(process.argv.slice(2)) })
} catch (error) {
  process.send({ error: String(error?.stack ?? error) })
} finally {
  await rm(folder, { recursive: true, force: true })
}

/**
 * Prints how many files and calls of our packages a request takes, and how long functions are:
 * `node scripts/paths.mjs`, after a build.
 *
 * `--list` adds the functions with their calls; `--root <checkout>` measures another checkout.
 */
import { once } from 'node:events'
import http from 'node:http'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { calledFunctions } from './lib/called-functions.mjs'
import { measureSources } from './lib/function-lengths.mjs'
import { root as workspace } from './lib/workspace.mjs'

const WARM_UP = 200
const { values } = parseArgs({
  options: { list: { type: 'boolean', default: false }, root: { type: 'string', default: workspace } },
})
const root = resolve(values.root)
const packages = join(root, 'packages') + sep
// An entry has getters alone, by which CommonJS exports the names of other files.
const entries = ['index.js', 'internal.js', 'store.js'].map((name) => join('dist', name))
const isOurs = (file) =>
  file.startsWith(packages) &&
  file.slice(packages.length).split(sep)[1] === 'dist' &&
  !entries.some((entry) => file.endsWith(sep + entry))

const server = await startSite()
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const hit = await measure(() => '/page')
const miss = await measure((i) => `/page/${i}`)
agent.destroy()
server.close()
await once(server, 'close')
console.log(pathsTable({ 'memory hit': hit, miss }))
console.log(sourcesTable(['core', 'http', 'express']))
if (values.list)
  for (const [name, calls] of Object.entries({ 'memory hit': hit, miss })) printCalls(name, calls)

async function startSite() {
  const { default: express } = await import(
    pathToFileURL(createRequire(join(root, 'test/package.json')).resolve('express')).href
  )
  const { siteCache } = await import(pathToFileURL(join(packages, 'express/dist/index.js')).href)
  const app = express().use(siteCache())
  app.get('/{*path}', (_req, res) => void res.send('<h1>page</h1>'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function measure(urlOf) {
  let i = 0
  return calledFunctions(
    isOurs,
    async () => {
      while (i < WARM_UP) await get(urlOf(i++))
    },
    () => get(urlOf(i++)),
  )
}

/** Requests a URL, and ends once the server has nothing to do with it any more. */
async function get(path) {
  const request = http.get({ port: server.address().port, host: '127.0.0.1', path, agent })
  const [response] = await once(request, 'response')
  response.resume()
  await once(response, 'end')
  // The page is stored behind the response.
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate)
}

function pathsTable(paths) {
  const rows = Object.entries(paths).map(([name, calls]) => [
    name,
    new Set(calls.map(({ file }) => file)).size,
    calls.length,
    calls.reduce((sum, { calls }) => sum + calls, 0),
  ])
  return table(['siteCache in Express', 'files', 'functions', 'calls'], rows)
}

function sourcesTable(names) {
  const rows = names.map((name) => {
    const { files, median, p90, longest } = measureSources(join(packages, name, 'src'))
    return [name, files, median, p90, `${longest.file} (${longest.lines})`]
  })
  return table(['sources', 'files', 'function median', 'p90', 'longest file (lines)'], rows)
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n')
}

function printCalls(title, calls) {
  console.log(`${title}:`)
  for (const { file, name, calls: count } of calls)
    console.log(`  ${relative(root, file).replace('/dist/', '/').replace(/\.js$/, '')} ${name} ${count}`)
}

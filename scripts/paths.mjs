/**
 * Prints how many files and calls of our packages a request takes, and how long functions are:
 * `node scripts/paths.mjs`, after a build.
 *
 * As in production, unless `NODE_ENV` says otherwise: in development a request takes more.
 *
 * `--list` adds the functions with their calls; `--root <checkout>` measures another checkout.
 */
import { once } from 'node:events'
import http from 'node:http'
import { createRequire } from 'node:module'
import { join, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { calledFunctions } from './lib/called-functions.mjs'
import { measureSources } from './lib/function-lengths.mjs'
import { root as workspace } from './lib/workspace.mjs'

/** Requests before the measured one: few, while the layer still looks at its set-up; many. */
const [FIRST, STEADY] = [50, 1000]
process.env.NODE_ENV ??= 'production'
// Optimised code counts no calls of the functions that it has taken in.
for (const flag of ['--no-opt', '--no-maglev']) setFlagsFromString(flag)
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

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
const paths = {
  'hit, of the first 100': await pathOf(FIRST, () => '/page'),
  'hit, later': await pathOf(STEADY, () => '/page'),
  'miss, later': await pathOf(STEADY, (i) => `/page/${i}`),
}
agent.destroy()
console.log(pathsTable(paths))
console.log(sourcesTable(['core', 'http', 'express']))
if (values.list) for (const [name, calls] of Object.entries(paths)) printCalls(name, calls)

/** Calls that one request makes after so many others, at a site of its own. */
async function pathOf(before, urlOf) {
  const server = await startSite()
  let i = 0
  const calls = await calledFunctions(
    isOurs,
    async () => {
      while (i < before) await get(server, urlOf(i++))
    },
    () => get(server, urlOf(i++)),
  )
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
  return calls
}

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

/** Requests a URL, and ends once the server has nothing to do with it any more. */
async function get(server, path) {
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

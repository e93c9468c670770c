import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from './workspace.mjs'

/** Asks for a tag of node-fetch that mirrors of the registry don't carry. */
const MANIFEST = { private: true, overrides: { 'node-fetch': '2.7.0' } }

/**
 * Starts a registry on a free port, which has our packages once they are published, and passes all other requests on
 * to the registry that npm is set to.
 *
 * @param {string} folder an empty one
 * @returns its URL, the line of an .npmrc that lets one publish, and a function that stops it
 */
export async function startRegistry(folder, upstream) {
  await writeFile(join(folder, 'package.json'), JSON.stringify(MANIFEST))
  const installed = await run('npm', ['install', '--no-audit', '--no-fund', 'verdaccio@6'], { cwd: folder })
  if (installed !== 0) throw new Error('verdaccio could not be installed')
  await writeFile(join(folder, 'config.yaml'), JSON.stringify(configuration(folder, upstream)))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const listen = ['--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`]
  const server = spawn(process.execPath, [join(folder, 'node_modules/verdaccio/bin/verdaccio'), ...listen], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const stop = () => server.kill('SIGKILL')
  try {
    await answering(`${url}-/ping`)
    return { url, npmrc: `//127.0.0.1:${port}/:_authToken=${await newUser(url)}\n`, stop }
  } catch (error) {
    stop()
    throw error
  }
}

/** YAML is a superset of JSON. */
function configuration(folder, upstream) {
  const all = { access: '$all', publish: '$authenticated' }
  return {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: 10 } },
    uplinks: { upstream: { url: upstream, cache: false } },
    packages: { '@sitecache/*': all, '**': { access: '$all', proxy: 'upstream' } },
    log: { type: 'stdout', level: 'error' },
  }
}

async function newUser(url) {
  const user = { name: 'release', password: 'only-here', type: 'user' }
  const response = await fetch(`${url}-/user/org.couchdb.user:release`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  })
  const { token } = await response.json()
  if (token === undefined) throw new Error(`the registry made no user: ${response.status}`)
  return token
}

async function answering(url) {
  for (let tries = 0; tries < 300; tries += 1) {
    if (
      await fetch(url).then(
        (response) => response.ok,
        () => false,
      )
    )
      return
    await wait(100)
  }
  throw new Error('the registry does not answer')
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}

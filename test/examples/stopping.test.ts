import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, it } from '@jest/globals'
import { root } from '@sitecache/test-support/workspace'

/** A server that says its address, and ends as an example does. */
const server = `
  import { createServer } from 'node:http'
  const server = createServer((_req, res) => res.end('here')).listen(0, '127.0.0.1')
  const close = () => { server.close(); server.closeAllConnections() }
  process.on('SIGINT', close).on('SIGTERM', close)
  server.on('listening', () => console.log('http://127.0.0.1:' + server.address().port))`

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

/** Has npm run a script that starts the server, as scripts/demo.mjs does. */
async function start(): Promise<{ npm: ChildProcess; url: string; script: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'sitecache-stopping-'))
  const main = join(folder, 'main.mjs')
  await writeFile(main, server)
  const startProgram = pathToFileURL(join(root, 'scripts/lib/start-program.mjs'))
  const demo = join(folder, 'demo.mjs')
  await writeFile(
    demo,
    `import { startProgram } from '${startProgram}'
     console.log(process.pid)
     process.exitCode = await startProgram(${JSON.stringify(main)}, [])`,
  )
  await writeFile(join(folder, 'package.json'), '{ "scripts": { "demo": "node demo.mjs" } }')
  const npm = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  started.push(npm)
  let output = ''
  for await (const chunk of npm.stdout ?? []) {
    output += String(chunk)
    if (/:\d+\n/.test(output)) break
  }
  const [, script = '', url = ''] = /(\d+)\n(http:\S+)/.exec(output) ?? []
  return { npm, url, script: Number(script) }
}

/** Resolves when nothing answers there any more. */
async function gone(url: string): Promise<void> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response === undefined) return
    await response.text()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('the server of an example ends', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('with its script, by %s', async (signal) => {
    const { url, script, npm } = await start()
    expect(await (await fetch(url)).text()).toBe('here')
    process.kill(script, signal)
    await gone(url)
    if (npm.exitCode === null) await once(npm, 'exit')
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('with npm, by %s', async (signal) => {
    const { url, npm } = await start()
    npm.kill(signal)
    await gone(url)
  })

  it('by Ctrl+C, which a terminal sends to all of them', async () => {
    const { url, npm } = await start()
    process.kill(-Number(npm.pid), 'SIGINT')
    await gone(url)
  })
})

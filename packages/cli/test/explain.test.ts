import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { run } from '@sitecache/cli'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import { testFolder } from '@sitecache/test-support/workspace'
import express, { type Express } from 'express'
import { bin, sitecache } from './command.js'

function site(): Express {
  const authorize = (req: express.Request): boolean => req.get('sitecache-explain') === 'secret-token'
  const app: Express = express().use(siteCache({ cache: freshCache(), explain: { authorize } }))
  app.get('/page', (req, res) => res.send(`page in ${req.get('accept-language')}`))
  app.get('/cookie', (_req, res) => res.cookie('id', 'secret-cookie').send('x'))
  app.get('/plain', (_req, res) => res.set('Cache-Control', 'private').send('x'))
  let visits = 0
  app.get('/changing', (_req, res) => {
    visits += 1
    res.set('Vary', 'X-Request').send(String(visits))
  })
  return app
}

/** Runs the command in this process. */
async function explained(...args: readonly string[]) {
  let stdout = ''
  let stderr = ''
  const code = await run(['explain', ...args], {
    stdout: (text) => {
      stdout += text
    },
    stderr: (text) => {
      stderr += text
    },
    env: {},
    cwd: testFolder,
  })
  return { code, stdout, stderr }
}

describe('explain', () => {
  it('tells what a running site answers, and how to have it cached', async () => {
    const url = await serve(site())
    const { code, stdout } = await explained(`${url}/cookie`)
    expect(code).toBe(0)
    expect(stdout).toContain('  cache-status        sitecache; fwd=uri-miss; detail=set-cookie\n')
    expect(stdout).toContain('  set-cookie          id\n')
    expect(stdout).toContain('  sitecache: unstorable. The handler rendered the page, and it was not stored')
    expect(stdout).toContain('set-cookie: The response sets a cookie, which is for one client alone.\n')
    expect(stdout).toContain('saveUninitialized: false })')
    expect(stdout).toContain('A CDN keeps nothing (set-cookie).')
    expect(stdout).not.toMatch(/secret-/)
  })

  it('asks twice, with headers, as JSON', async () => {
    const url = await serve(site())
    const args = ['-H', 'Accept-Language: de', '--twice', '--json'] as const
    const { stdout } = await explained(`${url}/page`, ...args)
    const { responses, note } = JSON.parse(stdout)
    expect(responses).toMatchObject([
      { status: 200, bytes: 10, layers: [{ name: 'sitecache', result: 'miss' }] },
      {
        status: 200,
        bytes: 10,
        layers: [{ name: 'sitecache', result: 'hit' }],
        browser: 'A browser uses it for 600 s.',
      },
    ])
    expect(note).toBeUndefined()
  })

  it('says that what is stored is not found, where each process has its own', async () => {
    const apps = [site(), site()]
    let asked = 0
    const url = await serve((req, res) => {
      asked += 1
      void apps[asked % 2]?.(req, res)
    })
    const { stdout } = await explained(`${url}/page`, '--twice')
    expect(stdout).toContain('Stored twice, and not found between')
  })

  it('shows the field of a site that explains itself, and never the token', async () => {
    const url = await serve(site())
    const { stdout } = await explained(`${url}/page`, '--token', 'secret-token')
    expect(stdout).toMatch(/sitecache-explain {3}sitecache; action=miss; fwd=uri-miss;/)
    expect(stdout).not.toMatch(/secret-/)
  })

  it('says where no cache has told of itself', async () => {
    const url = await serve((_req, res) => void res.setHeader('Cache-Status', 'nginx; hit').end('x'))
    const { stdout } = await explained(url)
    expect(stdout).toContain('No layer of sitecache has told of itself')
  })

  it('shows no escape codes of a site', async () => {
    const url = await serve((_req, res) => void res.setHeader('Cache-Control', 'x\u009b31m').end('x'))
    expect((await explained(url)).stdout).not.toContain('\u009b')
  })

  it.each([
    [['not a url'], /must be an http or https URL/],
    [['ftp://a/b'], /must be an http or https URL/],
    [['http://a:secret@b/c'], /must hold no user or password/],
    [['http://127.0.0.1:1/a', '-H', 'secret'], /--header must be such as/],
    [['http://127.0.0.1:1/a', '--timeout', '0'], /--timeout must be more than 0/],
    [['/a', '--app', 'nowhere.mjs'], /there is no file nowhere\.mjs/],
    [['/a', '--app', 'nowhere.mjs', '--twice'], /for a running site/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await explained(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret')
  })

  it('fails where there is no whole response', async () => {
    const broken = await serve((_req, res) => {
      res.write('begun')
      setImmediate(() => res.destroy())
    })
    const { code, stderr } = await explained(broken, '-H', 'Cookie: a=secret')
    expect(code).toBe(1)
    expect(stderr).toMatch(/there was no whole response/)
    const late = createServer(() => {})
    expect(
      await explained(await serve(late.listeners('request')[0] as () => void), '--timeout', '0.05'),
    ).toMatchObject({
      code: 1,
      stderr: 'sitecache: there was no whole response: it took too long\n',
    })
  })
})

describe('explain --app', () => {
  let folder: string
  beforeEach(async () => {
    // Where the packages can be found.
    folder = await mkdtemp(join(testFolder, '.explain-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const program = `
import { siteCache } from '@sitecache/express'
import express from 'express'
const app = express().use(siteCache())
app.get('/page', (req, res) => {
  res.set('Cache-Control', 'private').send('x')
})
app.listen(0)
`

  it.each([
    ['server.mjs', `${program}export default app`],
    ['app.mjs', `${program}export { app }`],
    [
      'server.cjs',
      `${program.replace(/import (.*) from ('.*')/g, 'const $1 = require($2)')}module.exports = app`,
    ],
    ['app.cjs', `${program.replace(/import (.*) from ('.*')/g, 'const $1 = require($2)')}exports.app = app`],
  ])('asks the application of %s, and tells all', async (name, text) => {
    await writeFile(join(folder, name), text)
    const env = { NODE_ENV: 'development' }
    const { code, stdout, stderr } = await sitecache(['explain', '/page', '--app', name], {
      program: bin,
      cwd: folder,
      env,
    })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toContain('the response (200) would not be stored: private (Cache-Control: private)')
    expect(stdout).toContain(`written by the application, at ${name}:6`)
  })

  it('refuses a file without one', async () => {
    await writeFile(join(folder, 'none.mjs'), 'export const a = 1')
    const { code, stderr } = await sitecache(['explain', '/page', '--app', 'none.mjs'], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toMatch(/must export the application/)
  })
})

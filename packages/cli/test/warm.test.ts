import type { ChildProcess } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { run } from '@sitecache/cli'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import express, { type Express } from 'express'
import { sitecache } from './command.js'

// A busy machine may take long to start processes.
jest.setTimeout(30_000)

let folder: string
beforeEach(async () => {
  folder = await temporaryFolder('warm')
})
afterEach(() => rm(folder, { recursive: true }))

/** A site that counts what it renders; what is asked of it that isn't there is 404. */
function site() {
  const app: Express = express().use(siteCache({ cache: freshCache() }))
  const seen: express.Request[] = []
  app.use('/pages', (req, _res, next) => {
    seen.push(req)
    next()
  })
  app.get('/pages/private', (_req, res) => void res.set('Cache-Control', 'private').send('x'))
  app.get('/pages/broken', (_req, res) => void res.status(503).send('x'))
  app.get('/pages/moved', (_req, res) => res.redirect('/pages/elsewhere'))
  app.get('/pages/cookie', (_req, res) => void res.cookie('a', 'secret').send('x'))
  app.get('/pages/slow', () => {})
  app.get(/^\/pages\/\d+$/, (req, res) => void res.vary('Accept-Language').send(req.get('accept-language')))
  return { app, seen }
}

const list = async (...lines: readonly string[]) => {
  await writeFile(join(folder, 'urls.txt'), lines.join('\n'))
  return ['warm', '--urls', join(folder, 'urls.txt')]
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => `/pages/${i}`)

describe('warm --urls', () => {
  it('has the pages of a running site stored, and says so without escape codes', async () => {
    const { app, seen } = site()
    const url = await serve(app)
    const lines = ['\uFEFF# pages', `${url}/pages/1`, '', ` ${url}/pages/2 \r`, '/pages/1', 'pages/3#top']
    const args = [...(await list(...lines)), '--base', `${url}/`]
    const first = await sitecache(args)
    expect(first.code).toBe(0)
    expect(first.stdout).toMatch(
      /^3 pages in \d+\.\d s: 3 stored, 0 there already, 0 not stored, 0 failed\n$/,
    )
    expect(first.stderr).toBe('1/3  1 stored\n2/3  2 stored\n3/3  3 stored\n')
    const second = await sitecache(args)
    expect(second.stdout).toMatch(/0 stored, 3 there already/)
    expect(seen.map(({ originalUrl }) => originalUrl).toSorted()).toEqual([
      '/pages/1',
      '/pages/2',
      '/pages/3',
    ])
  })

  it('reads the standard input', async () => {
    const { app, seen } = site()
    const args = ['warm', '--urls', '-', '--base', await serve(app)]
    expect(await sitecache(args, { input: '/pages/1\n/pages/2' })).toMatchObject({ code: 0 })
    expect(seen).toHaveLength(2)
    const none = await sitecache(args, { input: '# nothing\n' })
    expect(none).toEqual({ code: 1, stdout: '', stderr: 'sitecache: there is no page to ask for\n' })
  })

  it('tells by reason what is not stored or failed, and fails when a page did', async () => {
    const { app, seen } = site()
    const pages = ['1', 'private', 'cookie', 'moved', 'broken', 'none'].map((name) => `/pages/${name}`)
    const args = [...(await list(...pages)), '--base', await serve(app)]
    const { code, stdout, stderr } = await sitecache(args)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^6 pages in \d+\.\d s: 1 stored, 0 there already, 3 not stored, 2 failed\n/)
    expect(stdout).toMatch(/^not stored, private: 1\n {2}http:.*\/pages\/private$/m)
    expect(stdout).toMatch(/^not stored, set-cookie: 1\n {2}http:.*\/pages\/cookie$/m)
    expect(stdout).toMatch(/^not stored, status 302: 1\n {2}http:.*\/pages\/moved$/m)
    expect(stderr).toMatch(/^failed, status 503: 1\n {2}http:.*\/pages\/broken$/m)
    expect(stderr).toMatch(/^failed, status 404: 1\n {2}http:.*\/pages\/none$/m)
    expect(stdout + stderr).not.toMatch(/secret|\p{Cc}(?<!\n)/u)
    // A redirect is not followed: what it leads to was not asked for.
    expect(seen.map(({ originalUrl }) => originalUrl)).not.toContain('/pages/elsewhere')
  })

  it('with --json, answers with every page that came to nothing, and nothing else', async () => {
    const { app } = site()
    const url = await serve(app)
    const privates = Array.from({ length: 7 }, (_, i) => `/pages/private?${i}`)
    const args = [
      ...(await list('/pages/1', '/pages/none', ...privates)),
      '--base',
      url,
      '--concurrency',
      '1',
      '--json',
    ]
    const { code, stdout, stderr } = await sitecache(args)
    expect([code, stderr]).toEqual([1, ''])
    expect(JSON.parse(stdout)).toEqual({
      total: 9,
      stored: 1,
      hit: 0,
      notStored: privates.map((path) => ({ url: url + path, status: 200, reason: 'private' })),
      failed: [{ url: `${url}/pages/none`, status: 404, reason: 'status 404' }],
      refused: {},
      unusable: 0,
      sitemaps: [],
      interrupted: false,
    })
    expect((await sitecache(args.slice(0, -1))).stdout).toMatch(
      /private: 7\n( {2}http.*\n){5} {2}… and 2 more/,
    )
  })

  it('with --quiet, tells only what failed', async () => {
    const { app } = site()
    const url = await serve(app)
    const args = [...(await list('/pages/1', '/pages/private')), '--base', url, '--quiet']
    expect(await sitecache(args)).toEqual({ code: 0, stdout: '', stderr: '' })
    const failing = [...(await list('/pages/none')), '--base', url, '--quiet']
    const stderr = `failed, status 404: 1\n  ${url}/pages/none\n`
    expect(await sitecache(failing)).toEqual({ code: 1, stdout: '', stderr })
  })

  it('sends its headers, which are what pages vary by, and never shows them', async () => {
    const { app, seen } = site()
    const url = await serve(app)
    const headers = ['--header', 'Accept-Language: de', '--header', 'X-Key:  secret: 1 ']
    const { code, stdout, stderr } = await sitecache([...(await list(`${url}/pages/1`)), ...headers])
    expect([code, stdout + stderr]).toEqual([0, expect.not.stringMatching(/secret/)])
    expect(seen[0]?.headers).toMatchObject({ 'accept-language': 'de', 'x-key': 'secret: 1' })
    const german = await fetch(`${url}/pages/1`, { headers: { 'accept-language': 'de' } })
    expect([await german.text(), german.headers.get('cache-status')]).toEqual([
      'de',
      expect.stringMatching(/hit/),
    ])
  })

  it('asks for no more than --concurrency pages at a time', async () => {
    let [atOnce, most] = [0, 0]
    const url = await serve(async (_req, res) => {
      atOnce += 1
      most = Math.max(most, atOnce)
      await new Promise((resolve) => setTimeout(resolve, 5))
      atOnce -= 1
      res.end('x')
    })
    const args = [...(await list(...numbers(20))), '--base', url]
    expect((await sitecache([...args, '--concurrency', '3'])).stdout).toMatch(
      /not stored, no Cache-Status: 20/,
    )
    expect(most).toBe(3)
  })

  it('waits no longer than --timeout for a page, and tells a server that is not there', async () => {
    const { app } = site()
    const url = await serve(app)
    // A busy machine takes its time for the other one, too.
    const args = [...(await list(`${url}/pages/slow`, `${url}/pages/1`)), '--timeout', '2']
    const slow = await sitecache(args)
    expect([slow.code, slow.stderr]).toEqual([1, expect.stringMatching(/^failed, timeout: 1\n.*\/slow\n/m)])
    expect(slow.stdout).toMatch(/1 stored/)
    const gone = await sitecache(await list('http://127.0.0.1:1/'))
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringMatching(/^failed, ECONNREFUSED: 1$/m)])
  })

  it('stops on Ctrl-C, and tells what was done', async () => {
    let child: ChildProcess | undefined
    let left = 0
    const { app } = site()
    const front = express().use((req, res, next) => {
      if (req.path !== '/pages/2') return next()
      // The third page doesn't come: it is broken off.
      res.on('close', () => {
        left += 1
      })
      child?.kill('SIGINT')
    })
    const args = [
      ...(await list(...numbers(10))),
      '--base',
      await serve(front.use(app)),
      '--concurrency',
      '1',
    ]
    const started = (process: ChildProcess) => {
      child = process
    }
    const { code, stdout, stderr } = await sitecache(args, { started })
    expect(code).toBe(130)
    expect(stdout).toMatch(/^10 pages in .*: 2 stored, 0 there already, 0 not stored, 0 failed\n$/)
    expect(stderr).toBe('1/10  1 stored\n2/10  2 stored\nsitecache: interrupted: 8 not asked for\n')
    expect(left).toBe(1)
  })

  it('stops on Ctrl-C while it waits for its URLs', async () => {
    const interruption = () => AbortSignal.timeout(10)
    const told: string[] = []
    const write = (text: string) => void told.push(text)
    const world = {
      stdout: write,
      stderr: write,
      env: {},
      cwd: folder,
      stdin: new PassThrough(),
      interruption,
    }
    expect(await run(['warm', '--urls', '-'], world)).toBe(130)
    expect(told).toEqual(['sitecache: interrupted before any page was asked for\n'])
  })

  it('shows a bar on a terminal, and takes it away', async () => {
    const { app } = site()
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 100 })
    const out: string[] = []
    const write = (text: string) => void out.push(text)
    const args = [...(await list(...numbers(3))), '--base', await serve(app)]
    const code = await run(args, { stdout: write, stderr: write, env: {}, cwd: folder, terminal })
    expect(code).toBe(0)
    expect(out.join('')).toMatch(/^3 pages in .*: 3 stored/)
    const drawn = await text(terminal.end())
    expect(drawn).toMatch(/={20} 100% 3\/3 {2}3 stored/)
    // It ends at the start of a line that is clear.
    expect(drawn.endsWith('\u001b[1G\u001b[2K')).toBe(true)
    // Nothing is left changed when it is killed: no hidden cursor, no line that doesn't wrap.
    expect(drawn).not.toMatch(/\?25l|\?7l/)
  })
})

describe('misuse of warm', () => {
  it.each<[string[], RegExp]>([
    [[], /^sitecache: warm what\? Give one of --sitemap and --urls\n$/],
    [['--sitemap', 'http://a.example/', '--urls', '-'], /Give one of --sitemap and --urls/],
    [['--urls', 'none.txt'], /none\.txt can't be read: ENOENT/],
    [['--urls', '.'], /can't be read: EISDIR/],
    [['--urls', '-', '--base', '/a'], /--base must be an http or https URL/],
    [['--urls', '-', '--allow-origin', 'http://a.example'], /--allow-origin is for --sitemap/],
    [['--sitemap', 'http://a.example/', '--base', 'http://a.example'], /--base is for --urls/],
    [['--sitemap', '/sitemap.xml'], /--sitemap must be an http or https URL.*got '\/sitemap\.xml'/],
    [['--sitemap', 'http://ann:secret@a.example/'], /--sitemap must hold no user or password: give --header/],
    [['--sitemap', 'ftp://ann:secret@a.example/'], /--sitemap must be an http or https URL/],
    [['--sitemap', 'http://a.example/', '--allow-origin', 'b.example'], /--allow-origin must be an http/],
    [['--urls', '-', '--header', 'Authorization secret'], /--header must be such as .*; number 1 is not/],
    [['--urls', '-', '--header', 'X-Key: a', '--header', 'x-key: secret'], /--header gives x-key twice/],
    [['--urls', '-', '--header', 'X-Key: se\ncret'], /--header must be such as .*; number 1 is not/],
    [['--urls', '-', '--concurrency', '0'], /--concurrency.*must be at least 1/],
    [['--urls', '-', '--concurrency', 'x'], /must be a whole number/],
    [['--urls', '-', '--timeout', '0'], /--timeout must be more than 0 seconds/],
    [['--urls', '-', '--timeout', 'soon'], /--timeout must be seconds/],
    [['--urls', '-', '--max-urls', '1'], /the standard input holds more than 1 URLs: --max-urls allows more/],
  ])('%j is told in a line', async (args, message) => {
    const input = 'http://127.0.0.1:1/a\nhttp://127.0.0.1:1/b\n'
    const { code, stdout, stderr } = await sitecache(['warm', ...args], { input, cwd: folder })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(message)
    expect(stderr).not.toMatch(/secret|se\ncret|\n\s+at /)
  })

  it.each([
    ['/a', /urls\.txt, line 2: a path needs --base/],
    ['a', /urls\.txt, line 2 must be an http or https URL.*got 'a'/],
    ['http://ann:secret@a.example/', /urls\.txt, line 2 must hold no user or password/],
    ['ftp://ann:secret@a.example/', /line 2 must be an http or https URL.*got 'ftp:\/\/\*\*\*@a\.example\/'/],
  ])('a line of %j is named by its number', async (line, message) => {
    const { code, stderr } = await sitecache(await list('', line))
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(stderr).not.toMatch(/secret/)
  })
})

import type { ChildProcess } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, jest } from '@jest/globals'
import { siteCache } from '@sitecache/express'
import { freshCache } from '@sitecache/test-support/cache'
import { serve } from '@sitecache/test-support/serve'
import express, { type RequestHandler } from 'express'
import { download } from '../src/warming/download.js'
import { sitecache } from './command.js'

// A busy machine may take long to start processes.
jest.setTimeout(30_000)

const namespace = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
const urlset = (...urls: readonly string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<urlset ${namespace}>${urls
    .map((url) => `<url>\n<loc> ${url} </loc><lastmod>2026-11-24</lastmod></url>`)
    .join('')}</urlset>`
const index = (...urls: readonly string[]) =>
  `<sitemapindex ${namespace}>${urls.map((url) => `<sitemap><loc>${url}</loc></sitemap>`).join('')}</sitemapindex>`

type Files = Record<string, string | Buffer | RequestHandler>

/** A site with pages below /pages and these files, which are made with its URL. */
async function site(filesOf: (url: string) => Files) {
  const asked: string[] = []
  const app = express()
  app.use((req, _res, next) => {
    asked.push(req.originalUrl)
    next()
  })
  app.get(/\.xml(\.gz)?$/, (req, res, next) => {
    const file = filesOf(url)[req.path]
    if (typeof file === 'function') return file(req, res, next)
    return file === undefined ? next() : void res.type('application/octet-stream').send(Buffer.from(file))
  })
  app.use('/pages', siteCache({ cache: freshCache() }), (_req, res) => void res.send('page'))
  const url = await serve(app)
  const warm = (...args: readonly string[]) => sitecache(['warm', '--sitemap', `${url}/sitemap.xml`, ...args])
  return { url, asked, warm, pages: () => asked.filter((path) => path.startsWith('/pages')).toSorted() }
}

describe('warm --sitemap', () => {
  it('asks for the pages of a sitemap', async () => {
    const { warm, pages } = await site((url) => ({
      '/sitemap.xml': urlset(
        `${url}/pages/1?a=1&amp;b=&#50;`,
        `<![CDATA[${url}/pages/2?c&d]]>`,
        `${url}/pages/ä`,
        `${url}/pages/1?a=1&amp;b=2#x`,
      ),
    }))
    const { code, stdout, stderr } = await warm()
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^3\/3 {2}3 stored$/m)])
    expect(stdout).toMatch(/^3 pages in/)
    expect(pages()).toEqual(['/pages/%C3%A4', '/pages/1?a=1&b=2', '/pages/2?c&d'])
  })

  it('asks for pages alone, not for images and alternates, whatever the prefix of the namespace', async () => {
    const { warm, pages } = await site((url) => ({
      '/sitemap.xml': `\uFEFF<?xml version="1.0"?><!-- x --><s:urlset xmlns:s="a" xmlns:image="b" xmlns:xhtml="c">
        <s:url><s:loc>${url}/pages/1</s:loc><xhtml:link rel="alternate" href="${url}/pages/de"/>
        <image:image><image:loc>${url}/pages/i.png</image:loc><s:loc>${url}/pages/x</s:loc></image:image></s:url>
        <loc>${url}/pages/y</loc></s:urlset>`,
    }))
    expect((await warm()).code).toBe(0)
    expect(pages()).toEqual(['/pages/1'])
  })

  it('follows an index, gzip or not, however it is served, and each sitemap once', async () => {
    const { warm, asked, pages } = await site((url) => ({
      '/sitemap.xml': index(
        `${url}/a.xml`,
        `${url}/b.xml.gz`,
        `${url}/c.xml`,
        `${url}/a.xml`,
        `${url}/d.xml`,
      ),
      '/a.xml': urlset(`${url}/pages/a`),
      '/b.xml.gz': gzipSync(urlset(`${url}/pages/b`)),
      // Gzip that its server names as the coding of the response, and again without saying so.
      '/c.xml': (_req, res) =>
        void res.set('Content-Encoding', 'gzip').end(gzipSync(gzipSync(urlset(`${url}/pages/c`)))),
      '/d.xml': index(`${url}/sitemap.xml`, `${url}/e.xml`),
      '/e.xml': urlset(`${url}/pages/e`),
    }))
    expect(await warm()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^4 pages/) })
    expect(pages()).toEqual(['/pages/a', '/pages/b', '/pages/c', '/pages/e'])
    expect(asked.filter((path) => path === '/a.xml' || path === '/sitemap.xml')).toHaveLength(2)
  })

  it('warms what it can of an index, tells the rest, and fails', async () => {
    const { url, warm, pages } = await site((url) => ({
      '/sitemap.xml': index(`${url}/none.xml`, `${url}/cut.xml`, `${url}/a.xml`, 'http://b.example/s.xml'),
      '/cut.xml': urlset(`${url}/pages/cut`).slice(0, -12),
      '/a.xml': urlset(`${url}/pages/a`),
    }))
    const { code, stdout, stderr } = await warm()
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^1 page in .*: 1 stored/)])
    expect(stderr).toContain(`the sitemap ${url}/none.xml was answered with status 404\n`)
    expect(stderr).toMatch(/the sitemap .*\/cut\.xml is no well-formed XML: .*\(line \d+\)\n/)
    expect(stderr).toContain(
      'http://b.example/s.xml is of another origin: --allow-origin http://b.example would',
    )
    expect(pages()).toEqual(['/pages/a'])
    const { sitemaps } = JSON.parse((await warm('--json')).stdout)
    expect(sitemaps.map((each: { sitemap: string }) => new URL(each.sitemap).pathname)).toEqual([
      '/s.xml',
      '/none.xml',
      '/cut.xml',
    ])
  })

  it('sends the headers for sitemaps too', async () => {
    const { warm } = await site((url) => ({
      '/sitemap.xml': (req, res) => {
        const isKnown = req.get('authorization') === 'Basic x'
        res.status(isKnown ? 200 : 401).send(urlset(`${url}/pages/1`))
      },
    }))
    expect(await warm()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/was answered with status 401/),
    })
    expect(await warm('--header', 'Authorization: Basic x')).toMatchObject({ code: 0 })
  })
})

describe('pages of other origins', () => {
  it('are left out and told, unless they are allowed', async () => {
    const other = await site(() => ({}))
    const { warm, pages } = await site((url) => ({
      '/sitemap.xml': urlset(
        `${url}/pages/1`,
        `${other.url}/pages/2`,
        'http://b.example/',
        'http://b.example/c',
      ),
    }))
    const { code, stdout, stderr } = await warm()
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^1 page in/)])
    expect(stderr).toContain(`left out: 1 URL of another origin; --allow-origin ${other.url} would`)
    expect(stderr).toContain('left out: 2 URLs of another origin; --allow-origin http://b.example would')
    expect([pages(), other.asked]).toEqual([['/pages/1'], []])
    expect(await warm('--allow-origin', `${other.url}/any`)).toMatchObject({ code: 0 })
    expect(other.pages()).toEqual(['/pages/2'])
  })

  it('that are all there is are a failure', async () => {
    const { warm } = await site(() => ({ '/sitemap.xml': urlset('https://www.example.com/') }))
    const { code, stdout, stderr } = await warm()
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(
      /--allow-origin https:\/\/www\.example\.com would.*\n.*there is no page to ask for\n$/,
    )
  })

  it('are not reached by a redirect of the sitemap, while the own origin is', async () => {
    const other = await site((url) => ({ '/sitemap.xml': urlset(`${url}/pages/1`) }))
    const { url, warm, pages } = await site((url) => ({
      '/sitemap.xml': (req, res) =>
        res.redirect(req.query.to === undefined ? '/moved.xml' : String(req.query.to)),
      '/moved.xml': urlset(`${url}/pages/1`),
      '/loop.xml': (_req, res) => res.redirect('/loop.xml'),
    }))
    expect((await warm()).code).toBe(0)
    expect(pages()).toEqual(['/pages/1'])
    const away = await sitecache(['warm', '--sitemap', `${url}/sitemap.xml?to=${other.url}/sitemap.xml`])
    expect(away).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`is redirected to ${other.url}, which`),
    })
    expect(other.asked).toEqual([])
    const loop = await sitecache(['warm', '--sitemap', `${url}/loop.xml`])
    expect(loop).toMatchObject({ code: 1, stderr: expect.stringMatching(/is redirected more than 5 times/) })
  })

  it('and what is no URL of a page, are not asked for', async () => {
    const { warm, pages } = await site((url) => ({
      '/sitemap.xml': urlset(
        `${url}/pages/1`,
        '/pages/2',
        'file:///etc/passwd',
        'javascript:alert(1)',
        url.replace('//', '//ann:secret@'),
        `${url}/${'a'.repeat(2048)}`,
        '',
      ),
    }))
    const { code, stdout, stderr } = await warm()
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^1 page in/)])
    expect(stderr).toMatch(/^left out: 6 locations: no http or https URL, or too long a one$/m)
    expect(stderr).not.toMatch(/secret/)
    expect(pages()).toEqual(['/pages/1'])
  })
})

describe('a sitemap that is', () => {
  const bomb = '<!DOCTYPE urlset [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
  it.each<[string, string | Buffer | RequestHandler, RegExp]>([
    ['not there', (_req, _res, next) => next(), /was answered with status 404/],
    ['an error', (_req, res) => void res.status(500).send(urlset()), /was answered with status 500/],
    ['cut off', (_req, res) => void res.write(urlset(), () => res.destroy()), /could not be read: \w+/],
    ['a web page', '<!DOCTYPE html><html><p>Not found</p></html>', /is no sitemap: its root is <html>/],
    ['text', 'http://a.example/', /is no well-formed XML: .* \(line 1\)/],
    ['empty', '', /is empty/],
    ['broken', `<urlset>\n<url></urlset>`, /is no well-formed XML: Unexpected close tag \(line 2\)/],
    ['broken gzip', gzipSync(urlset('http://a.example/')).subarray(0, 40), /could not be read: Z_BUF_ERROR/],
    ['full of escapes', '<\u009b31m\u0085x/>', /is no sitemap: its root is <[?\w]+>|is no well-formed XML/],
    ['deeply nested', `<urlset>${'<a>'.repeat(100_000)}`, /is nested too deeply/],
    [
      'full of attributes',
      `<urlset ${Array.from({ length: 999 }, (_, i) => `a${i}=""`).join(' ')}/>`,
      /too many/,
    ],
    [
      'full of entities',
      `${bomb}<urlset><url><loc>&b;</loc></url></urlset>`,
      /no well-formed XML: Invalid char/,
    ],
    ['too large', gzipSync(`<urlset>${' '.repeat(50 * 2 ** 20)}</urlset>`), /larger than the 52428800 bytes/],
    ['too long', urlset(...Array.from({ length: 50_001 }, (_, i) => `/${i}`)), /more than the 50000 entries/],
  ])('%s is told in a line', async (_, file, message) => {
    const { url, warm } = await site(() => ({ '/sitemap.xml': file }))
    const { code, stdout, stderr } = await warm()
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(message)
    expect(stderr.startsWith(`sitecache: the sitemap ${url}/sitemap.xml `)).toBe(true)
    expect(stderr).not.toMatch(/\n.|\p{Cc}(?<!\n)/u)
  })

  it('slow is given up after --timeout', async () => {
    const { warm } = await site(() => ({ '/sitemap.xml': (_req, res) => void res.write('<urlset>') }))
    expect(await warm('--timeout', '0.2')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/took too long/),
    })
  })

  it('slow is broken off by Ctrl-C', async () => {
    let child: ChildProcess | undefined
    const { url } = await site(() => ({
      '/sitemap.xml': (_req, res) => void res.write('<urlset>', () => child?.kill('SIGINT')),
    }))
    const started = (process: ChildProcess) => {
      child = process
    }
    const { code, stderr } = await sitecache(['warm', '--sitemap', `${url}/sitemap.xml`], { started })
    expect([code, stderr]).toEqual([130, 'sitecache: interrupted before any page was asked for\n'])
  })

  it('longer than --max-urls is refused before any page is asked for', async () => {
    const { warm, pages } = await site((url) => ({
      '/sitemap.xml': index(`${url}/a.xml`, `${url}/b.xml`),
      '/a.xml': urlset(`${url}/pages/1`, `${url}/pages/2`),
      '/b.xml': urlset(`${url}/pages/3`),
    }))
    const { code, stderr } = await warm('--max-urls', '2')
    expect([code, stderr]).toEqual([
      2,
      'sitecache: the sitemap holds more than 2 URLs: --max-urls allows more\n',
    ])
    expect(pages()).toEqual([])
    expect((await warm('--max-urls', '3')).code).toBe(0)
  })

  it('of a server that is not there is told', async () => {
    const { code, stderr } = await sitecache([
      'warm',
      '--json',
      '--sitemap',
      'http://127.0.0.1:1/sitemap.xml',
    ])
    expect([code, stderr]).toEqual([1, ''])
  })
})

describe('a download that fails', () => {
  it('has a code of its own', async () => {
    const { url } = await site(() => ({}))
    const options = {
      headers: {},
      timeoutMs: 30_000,
      signal: new AbortController().signal,
      isAllowed: () => true,
    }
    const first = download(new URL(`${url}/none.xml`), options).next()
    await expect(first).rejects.toMatchObject({ code: 'ERR_SITECACHE_SITEMAP', name: 'SitemapError' })
  })
})

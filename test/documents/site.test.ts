import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as express from '@sitecache/express'
import { useBrowser } from '@sitecache/test-support/browser'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root } from '@sitecache/test-support/workspace'
import axe from 'axe-core'
import connect from 'connect'
import type { Page } from 'playwright-core'
import serveStatic from 'serve-static'
import { documents } from '../../scripts/lib/snippets/read.mjs'

/** All pages are built, and a busy machine takes its time. */
const LONGEST_MS = 600_000

const mainPages = [
  '/',
  '/guide/site',
  '/guide/visitors',
  '/reference/options',
  '/reference/reasons',
  '/reference/warnings/SITECACHE_GUARD',
  '/internals/architecture',
]

/** Words that are searched for when something goes wrong, and the beginning of the place that is to come first. */
const searches: Readonly<Record<string, string>> = {
  'why not cached': '/guide/why-is-it-not-cached',
  'set-cookie': '/reference/reasons#set-cookie',
  compression: '/reference/warnings/SITECACHE_COMPRESSION',
  session: '/reference/reasons#session-changed',
  'Cache-Status': '/guide/why-is-it-not-cached',
  MISS: '/guide/why-is-it-not-cached#always-a-miss',
  SITECACHE_GUARD: '/reference/warnings/SITECACHE_GUARD',
  ERR_SITECACHE_VALUE: '/reference/errors/ERR_SITECACHE_VALUE',
  'unknown cache': '/reference/errors/ERR_SITECACHE_UNKNOWN_CACHE',
  nginx: '/recipes/nginx-and-cdn',
}

/** Pixels by which a page is wider than its window. */
const WIDTH_BEYOND = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'

let site: string
let server: Server
let origin: string

beforeAll(async () => {
  site = await temporaryFolder('docs')
  const { NODE_OPTIONS, ...env } = process.env
  // With room for what is new, it collects its garbage less often.
  const preload = ['--max-semi-space-size=64', '--import', join(root, 'test/support/no-network.mjs')]
  await promisify(execFile)(process.execPath, [...preload, join(root, 'docs/site/build.mjs'), site], {
    cwd: join(root, 'docs'),
    env,
    maxBuffer: 2 ** 24,
  })
  const files = serveStatic(site, { extensions: ['html'] })
  server = createServer(connect().use(files)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}, LONGEST_MS)

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(site, { recursive: true, force: true })
})

/** Returns the file of a place on the site. */
function fileAt(place: string): string {
  const path = decodeURIComponent(place)
  const candidates = path.endsWith('/') ? [`${path}index.html`] : [`${path}.html`, path]
  return candidates.map((file) => join(site, file)).find((file) => existsSync(file)) ?? ''
}

describe('the site of the documents', () => {
  it('has a page for each document', () => {
    const titles = documents().map((document) => {
      const [, title = ''] = /^# (.+)$/m.exec(readFileSync(join(root, document), 'utf8')) ?? []
      return [document, title.replace(/`|\b_|_\b/g, '')]
    })
    const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((it) =>
      it.endsWith('.html'),
    )
    const headings = new Set(pages.map((page) => headingOf(readFileSync(join(site, page), 'utf8'))))
    expect(titles.filter(([, title = '']) => !headings.has(title))).toEqual([])
  })

  it('has no link that leads nowhere, nor to a heading that is not there', () => {
    const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((it) =>
      it.endsWith('.html'),
    )
    const broken = pages.filter((page) => page !== '404.html').flatMap((page) => brokenLinks(page))
    expect(broken).toEqual([])
  })

  it('has each export of @sitecache/express in the API reference', () => {
    const page = readFileSync(fileAt('/reference/api/@sitecache/express'), 'utf8')
    expect(Object.keys(express).filter((name) => !page.includes(`>${name}`))).toEqual([])
  })

  it('lists its pages in llms.txt, and has them as Markdown', () => {
    const list = readFileSync(join(site, 'llms.txt'), 'utf8')
    const places = [...list.matchAll(/\]\(([^)]+)\)/g)].map(([, place = '']) => place)
    expect(places.length).toBeGreaterThan(30)
    expect(places.filter((place) => !existsSync(join(site, place)))).toEqual([])
    const all = readFileSync(join(site, 'llms-full.txt'), 'utf8')
    expect(all).toContain('# Cache a whole site')
    expect(all).not.toContain('<!-- snippet')
  })
})

const decode = (text: string): string =>
  text
    .replace(/&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')

function headingOf(html: string): string {
  const [, heading = ''] = /<h1[^>]*>(.*?)<a class="header-anchor"/s.exec(html) ?? []
  return decode(heading.replace(/<[^>]*>/g, ''))
    .replace(/\u200b/g, '')
    .trim()
}

function brokenLinks(page: string): string[] {
  const html = readFileSync(join(site, page), 'utf8')
  const links = [...html.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, link = '']) => decode(link))
  const internal = links.filter((link) => /^[/#]/.test(link))
  return internal.filter((link) => !leadsToPage(page, link)).map((link) => `${page}: ${link}`)
}

function leadsToPage(page: string, link: string): boolean {
  const [place = '', anchor] = link.split('#')
  const file = place === '' ? join(site, page) : fileAt(place)
  if (file === '') return false
  if (anchor === undefined || anchor === '') return true
  return anchorsIn(file).has(decodeURIComponent(anchor))
}

const anchors = new Map<string, ReadonlySet<string>>()

/** Places in a file that a link may lead to: each file is read once for all links. */
function anchorsIn(file: string): ReadonlySet<string> {
  const known = anchors.get(file)
  if (known !== undefined) return known
  const ids = [...readFileSync(file, 'utf8').matchAll(/ id="([^"]*)"/g)].map(([, id = '']) => id)
  anchors.set(file, new Set(ids))
  return new Set(ids)
}

describe('the site in a browser', () => {
  const browser = useBrowser()

  /** Opens a page; requests to other hosts fail, and errors are collected. */
  async function open(place: string, options: object): Promise<{ page: Page; errors: string[] }> {
    const context = await browser().newContext({ ...options })
    const errors: string[] = []
    await context.route('**/*', (route) => {
      if (route.request().url().startsWith(origin)) return route.continue()
      errors.push(`asks for ${route.request().url()}`)
      return route.abort()
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => errors.push(String(error)))
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    await page.goto(origin + place, { waitUntil: 'networkidle' })
    return { page, errors }
  }

  /** Returns what axe has to say against a page, by all rules or by some. */
  async function violations(page: Page, rules: readonly string[] | undefined): Promise<string[]> {
    await page.evaluate(axe.source)
    const only = rules === undefined ? {} : { runOnly: [...rules] }
    const found = await page.evaluate(async (options) => {
      const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
      const { violations: all } = await axe.run({ resultTypes: ['violations'], ...options })
      return all.map(({ id, nodes }) => ({ id, nodes: nodes.map((it) => it.html) }))
    }, only)
    return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).join(' ')}`)
  }

  it.each([
    ['light', { colorScheme: 'light' }, undefined],
    // The same elements in other colours.
    ['dark', { colorScheme: 'dark' }, ['color-contrast', 'link-in-text-block']],
    ['light on a phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }, undefined],
  ] as const)(
    'can be read by everybody, %s',
    async (_, options, rules) => {
      const { page, errors } = await open('/', options)
      const faults: string[] = []
      for (const place of mainPages) {
        await page.goto(origin + place)
        faults.push(...(await violations(page, rules)).map((fault) => `${place} ${fault}`))
        const overflow = await page.evaluate(WIDTH_BEYOND)
        if (Number(overflow) > 0) faults.push(`${place} is ${overflow} px too wide`)
      }
      await page.context().close()
      expect(faults).toEqual([])
      expect(errors).toEqual([])
    },
    LONGEST_MS,
  )

  it('draws its diagrams, for light pages and for dark ones', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, errors } = await open('/internals/architecture', { colorScheme })
      const shown = await page
        .locator('.diagram:visible')
        .evaluateAll((images) =>
          images.map((image) => [image.className, Reflect.get(image, 'naturalWidth') > 100]),
        )
      expect(shown).toEqual(Array(6).fill([`diagram ${colorScheme}`, true]))
      expect(errors).toEqual([])
      await page.context().close()
    }
  })

  it('finds first, without the network, what helps', async () => {
    const { page, errors } = await open('/', {})
    await page.getByRole('button', { name: 'Search' }).first().click()
    for (const [words, place] of Object.entries(searches)) {
      await page.locator('#localsearch-input').fill(words)
      const first = page.locator('#localsearch-list li').first().locator('a')
      // What was found before is shown until it is replaced.
      await first.and(page.locator(`[href^="${place}"]`)).waitFor()
    }
    await page.locator('#localsearch-list a').first().click()
    await page.waitForURL((url) => url.pathname !== '/')
    expect(errors).toEqual([])
    await page.context().close()
  })
})

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { listen } from '@sitecache/test-support/applications'
import { atEnd } from '@sitecache/test-support/at-end'
import { until } from '@sitecache/test-support/servers/redis'
import express, { type Express } from 'express'
import helmet from 'helmet'
import type { Browser, Page } from 'playwright-core'
import { openPage, startBrowser, startTlsProxy } from './browser-support.js'
import { ask, type BoardOptions, boardSite, load, resultsIn, startMembers, stateOf } from './support.js'

const NAMES = ['', 'routes', 'reasons', 'page', 'tags', 'stores', 'values', 'doctor', 'live']
/** Pixels by which a page is too wide; a browser's expression. */
const OVERFLOW = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
let browser: Browser

beforeAll(async () => {
  browser = await startBrowser()
})

afterAll(() => browser.close())

const doctor = {
  findings: () => [
    {
      rule: 'set-cookie',
      title: 'A cookie keeps pages from being stored',
      route: '/<b>cart</b>',
      evidence: '40 of 50 responses set one.',
      estimate: { requestsPerHour: 1200, secondsPerHour: 90 },
      fix: { text: 'Begin sessions later.', code: 'session({ saveUninitialized: false })' },
    },
  ],
}

/** Serves a site with its dashboard; `wrap` puts it into another application. */
async function site(options: BoardOptions = {}, wrap: (app: Express) => Express = (app) => app) {
  const made = boardSite({ doctor, ...options })
  const { url, close } = await listen(wrap(made.app))
  atEnd(
    () => made.caches.close(),
    close,
    () => made.board.close(),
  )
  return { ...made, url }
}

async function opened(url: string, options = {}) {
  const made = await openPage(browser, url, options)
  atEnd(() => made.close())
  return made
}

const heading = (page: Page) => page.locator('main h1').first().textContent()

/** Opens each page by its link, with the keyboard. */
async function visitAll(page: Page): Promise<readonly (string | null)[]> {
  const seen: (string | null)[] = []
  for (const link of await page.locator('nav a').all()) {
    await link.focus()
    await page.keyboard.press('Enter')
    await page.locator('nav a[aria-current]:focus').waitFor()
    seen.push(await heading(page))
  }
  return seen
}

const all = [
  'Overview',
  'Routes',
  'Not cached',
  'Page',
  'Tags',
  'Stores',
  'Values and fragments',
  'Doctor',
  'Live',
]

describe('every page', () => {
  it.each<[string, BoardOptions, ((app: Express) => Express) | undefined]>([
    ['by itself', {}, undefined],
    ['under helmet()', { before: (app) => app.use(helmet()) }, undefined],
    ['above helmet()', {}, (app) => express().use(app).use(helmet())],
  ])('is shown %s, without one complaint of the browser', async (_, options, wrap) => {
    const { url } = await site(options, wrap)
    await load([url], 40)
    const { page, errors } = await opened(`${url}/cache`)
    expect(page.url()).toBe(`${url}/cache/`)
    expect(await visitAll(page)).toEqual(all)
    expect(errors).toEqual([])
  })

  it('is shown behind a proxy that ends TLS and has a prefix of its own, and acts there', async () => {
    const { url } = await site({
      before: (app) => {
        app.set('trust proxy', 'loopback')
        app.use(helmet())
      },
    })
    const proxy = await startTlsProxy(url, '/ops')
    atEnd(() => proxy.close())
    await load([url], 20)
    const { page, errors } = await opened(`${proxy.url}/cache`)
    expect(page.url()).toBe(`${proxy.url}/cache/`)
    expect(await visitAll(page)).toEqual(all)
    const [cookie] = await page.context().cookies()
    expect(cookie).toMatchObject({ path: '/ops/cache', httpOnly: true, secure: true, sameSite: 'Strict' })
    await page.goto(`${proxy.url}/cache/#/tags`)
    await page.getByLabel('Tag').fill('articles')
    await page.getByRole('button', { name: 'Purge', exact: true }).click()
    await page.getByText('Purged.', { exact: true }).waitFor()
    expect(errors).toEqual([])
  })

  it('says what is of one process alone, where there are several', async () => {
    const alone = await site()
    const single = await opened(`${alone.url}/cache/#/page`)
    await single.page.getByRole('heading', { name: 'Page', exact: true }).waitFor()
    expect(await single.page.locator('.note.process').isHidden()).toBe(true)
    const [member] = await startMembers(1, { store: 'memory:', workers: 2 })
    atEnd(() => member?.end())
    await until(async () => (await stateOf(member?.url ?? '')).processes.length >= 2)
    const { page } = await opened(`${member?.url}/cache/#/page`)
    await page.getByText(/of the process that answers, one of [2-9]/).waitFor()
  })

  it.each([390, 1400])('fits in %i pixels', async (width) => {
    const { url } = await site()
    await load([url], 40)
    const { page, errors } = await opened(`${url}/cache/`, {
      viewport: { width, height: 800 },
      colorScheme: 'dark',
    })
    for (const name of NAMES) {
      await page.goto(`${url}/cache/#/${name}`)
      const overflow = await page.evaluate(OVERFLOW)
      expect([name, overflow]).toEqual([name, 0])
    }
    expect(errors).toEqual([])
  })
})

describe('the page', () => {
  it('shows the figures of the load, and what comes after', async () => {
    const { url } = await site()
    const counted = await load([url], 60)
    expect(resultsIn(await stateOf(url))).toEqual(counted)
    const { page } = await opened(`${url}/cache/`)
    const served = (counted.hit ?? 0) + (counted.collapsed ?? 0)
    const note = page.locator('.ratio .note').first()
    expect(await note.textContent()).toBe(`${served} of 60 looked up`)
    await ask(`${url}/page/1`)
    await until(async () => (await note.textContent()) === `${served + 1} of 61 looked up`)
    await page.goto(`${url}/cache/#/live`)
    await until(async () => (await page.locator('main tbody tr').count()) === 61)
    await page.getByLabel('Filter').fill('private')
    await until(async () => (await page.locator('main tbody tr').count()) === (counted.unstorable ?? 0))
    await page.getByRole('button', { name: 'Pause' }).click()
    await ask(`${url}/private`)
    await until(async () => (await stateOf(url)).live.length === 62)
    expect(await page.locator('main tbody tr').count()).toBe(counted.unstorable)
  })

  it('has a table behind its chart', async () => {
    const { url } = await site()
    await load([url], 30)
    const { page } = await opened(`${url}/cache/`)
    expect(await page.locator('.canvas canvas').count()).toBe(1)
    await page.getByText('As a table').click()
    await page.locator('.behind tbody tr').first().waitFor()
    expect(await page.locator('.behind tbody tr').count()).toBeGreaterThan(10)
  })

  it('tells why something is not cached, by a click on its number', async () => {
    const { url } = await site()
    await load([url], 30)
    const { page, errors } = await opened(`${url}/cache/#/reasons`)
    await page.getByRole('button', { name: /^private, \/private/ }).click()
    await page.getByText("The response is for one visitor's own cache.").waitFor()
    await page.getByText('GET /private').waitFor()
    await page.getByRole('button', { name: 'Explain this request' }).click()
    await page.getByText('would not be stored: private').first().waitFor()
    expect(errors).toEqual([])
  })

  it('explains, refreshes and purges a page', async () => {
    const { url } = await site()
    const status = async () => String((await ask(`${url}/page/1`)).headers['cache-status'])
    await status()
    const { page, errors } = await opened(`${url}/cache/#/page`)
    await page.getByLabel('URL, or a path').fill('/page/1')
    await page.keyboard.press('Enter')
    await page.getByText('A stored page would be served.').waitFor()
    await page.getByRole('button', { name: 'Refresh now' }).click()
    await page.getByText('Rendered anew, and stored.').waitFor()
    expect(await status()).toMatch(/hit/)
    await page.getByRole('button', { name: 'Purge', exact: true }).click()
    await page.getByText('Its pages are purged.').waitFor()
    expect(await status()).not.toMatch(/hit/)
    expect(errors).toEqual([])
  })

  it('has no button of an action where it is read-only', async () => {
    const { url } = await site({ readOnly: true })
    const { page } = await opened(`${url}/cache/#/page`)
    expect(await page.locator('main button').allTextContents()).toEqual(['Explain'])
  })

  it('polls where it can have no stream', async () => {
    const { url, board } = await site()
    await ask(`${url}/page/1`)
    const { page } = await opened(`${url}/cache/`)
    await page.route('**/api/live', (route) =>
      route.fulfill({ status: 503, contentType: 'application/json', body: '{}' }),
    )
    await page.reload()
    await page.waitForSelector('.status[data-connection=polling]')
    const note = page.locator('.ratio .note').first()
    await ask(`${url}/page/1`)
    await until(async () => (await note.textContent()) === '1 of 2 looked up')
    await board.close()
  })

  it('reads names as text, whatever they are', async () => {
    const { url, cache } = await site()
    cache.meter.exchange({
      cache: 'default',
      result: 'unstorable',
      reason: 'private',
      route: '/<img src=x onerror=alert(1)>',
      policy: 'django',
      status: 200,
      durationMs: 1,
      bytes: 1,
      source: 'handler',
    })
    const { page, errors } = await opened(`${url}/cache/#/routes`)
    await page.getByText('/<img src=x onerror=alert(1)>').first().waitFor()
    await visitAll(page)
    expect(await page.locator('img').count()).toBe(0)
    expect(errors).toEqual([])
  })
})

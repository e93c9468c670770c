import type { Server } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { useBrowser } from '@sitecache/test-support/browser'
import type { BrowserContext, Page } from 'playwright-core'
import { createApp } from '../../examples/atlas/src/app.js'
import { atlasCaches } from '../../examples/atlas/src/caching.js'
import { readDataset } from '../../examples/atlas/src/data.js'
import { createDatabase } from '../../examples/atlas/src/database.js'
import { Gazetteer } from '../../examples/atlas/src/gazetteer.js'
import { listen } from '../../examples/atlas/src/listen.js'

/** Every fiftieth place: enough for pages that look like those of the demo. */
async function smallAtlas() {
  const dataset = await readDataset()
  const cities = dataset.cities.filter((_city, i) => i % 50 === 0)
  return { db: await createDatabase({ ...dataset, cities }), gazetteer: new Gazetteer(dataset.countries) }
}

const browser = useBrowser()
let [server, base]: [Server | undefined, string] = [undefined, '']
beforeAll(async () => {
  const app = await createApp({ ...atlasCaches(), atlas: await smallAtlas() })
  const listening = await listen(app, 0)
  server = listening.server
  base = `http://127.0.0.1:${listening.port}`
})
afterAll(() => {
  server?.close()
  server?.closeAllConnections()
})

/** A visitor with a browser of their own. */
class Visitor {
  readonly faults: string[] = []

  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
  ) {
    page.on('pageerror', ({ message }) => this.faults.push(message))
    page.on('console', (message) => {
      if (message.type() === 'error') this.faults.push(message.text())
    })
  }

  static async arrive(
    options: Parameters<ReturnType<typeof browser>['newContext']>[0] = {},
  ): Promise<Visitor> {
    const context = await browser().newContext({ viewport: { width: 1280, height: 800 }, ...options })
    return new Visitor(context, await context.newPage())
  }

  /** Opens a page, and answers its result when the bar is filled. */
  async open(path: string): Promise<string> {
    await this.page.goto(base + path)
    return this.result()
  }

  async result(): Promise<string> {
    await this.page.locator('.bar[data-result][data-store]').waitFor()
    return (await this.told('result')) ?? ''
  }

  told(name: string): Promise<string | null> {
    return this.page.locator(`[data-bar="${name}"]`).textContent()
  }

  /** Presses a button that loads the page anew; answers its result. */
  async press(order: string): Promise<string> {
    const loaded = this.page.waitForEvent('load')
    await this.page.locator(`[data-order="${order}"]`).click()
    await loaded
    return this.result()
  }
}

describe('the bar of the demo', () => {
  let ada: Visitor
  beforeEach(async () => {
    ada = await Visitor.arrive()
  })
  afterEach(async () => {
    for (const context of browser().contexts()) await context.close()
  })

  it('says what a page has cost, and what it costs from the cache', async () => {
    expect(await ada.open('/countries/JPN')).toBe('miss')
    expect(await ada.told('summary')).toMatch(/^[\d.]+ ms to render; the next visitor/)
    expect(await ada.press('reload')).toBe('hit')
    expect(await ada.told('summary')).toMatch(/^[\d.]+ ms instead of [\d.]+ ms.* s old$/)
    expect(await ada.told('status')).toMatch(/^sitecache; hit; ttl=\d+$/)
    expect(await ada.told('sharers')).toMatch(/^all visitors whose language/)
    expect(await ada.told('figures')).toMatch(/^\d+ requests, \d+ % from the cache/)
    expect(await ada.open('/account')).toBe('not stored')
    expect(ada.faults).toEqual([])
  })

  it('purges the page, in all its variants', async () => {
    const german = await Visitor.arrive({ locale: 'de-DE' })
    for (const visitor of [ada, german]) {
      await visitor.open('/countries/BRA')
      expect(await visitor.press('reload')).toBe('hit')
    }
    expect(await ada.press('purge')).toBe('miss')
    expect(await german.press('reload')).toBe('miss')
    expect(await ada.press('reload')).toBe('hit')
  })

  it('signs in and out, and leaves nothing of the visitor in the page for others', async () => {
    await ada.open('/places/100')
    expect(await ada.press('visitor')).toBe('hit')
    expect(await ada.page.locator('.hole').textContent()).toContain('Signed in as Ada')
    expect(await ada.page.locator('[data-order="visitor"]').textContent()).toBe('Sign out Ada')
    expect(await ada.told('sharers')).toMatch(/^everybody/)
    const other = await Visitor.arrive()
    expect(await other.open('/places/100')).toBe('hit')
    expect(await other.page.locator('.hole').textContent()).not.toContain('Ada')
    expect(await other.page.locator('[data-order="visitor"]').textContent()).toBe('Sign in')
    await ada.press('visitor')
    expect(await ada.page.locator('.hole').textContent()).not.toContain('Signed in')
  })

  it('leads to the page in another language', async () => {
    await ada.open('/stats?x=1')
    await ada.page.locator('.bar nav a[hreflang="de"]').click()
    await ada.page.waitForURL(/lang=de/)
    expect(await ada.page.locator('html').getAttribute('lang')).toBe('de')
    expect(ada.page.url()).toBe(`${base}/stats?x=1&lang=de`)
  })

  it('stops the store, while the site goes on, and starts it again', async () => {
    await ada.open('/countries/FRA')
    expect(await ada.press('reload')).toBe('hit')
    await ada.press('store')
    expect(await ada.told('result')).not.toBe('hit')
    expect(await ada.told('message')).toMatch(/^The store is stopped/)
    expect(await ada.page.locator('[data-order="purge"]').isDisabled()).toBe(true)
    expect(await ada.page.locator('h1').textContent()).toContain('France')
    expect(await ada.press('store')).toBe('hit')
    expect(ada.faults).toEqual([])
  })

  it('fits a phone', async () => {
    const phone = await Visitor.arrive({ viewport: { width: 360, height: 700 } })
    await phone.open('/countries/JPN')
    expect(await phone.page.locator('[data-order="purge"]').isVisible()).toBe(false)
    await phone.page.locator('.bar summary').click()
    expect(await phone.page.locator('[data-order="purge"]').isVisible()).toBe(true)
    const width = await phone.page.evaluate('document.documentElement.scrollWidth')
    expect(width).toBe(360)
  })
})

describe('an order for the bar', () => {
  const send = (name: string, body: string, type = 'application/json') =>
    fetch(`${base}/bar/${name}`, { method: 'POST', body, headers: { 'content-type': type } })

  it.each(['text/plain', 'application/x-www-form-urlencoded'])('by a form (%s) is refused', async (type) => {
    for (const name of ['purge', 'visitor', 'store'])
      expect((await send(name, '{"running":false,"path":"/","signedIn":true}', type)).status).toBe(415)
  })

  it.each(['//elsewhere.example/', 'https://elsewhere.example/', 7, null, 'http://'])(
    'to purge %p is refused',
    async (path) => expect((await send('purge', JSON.stringify({ path }))).status).toBe(400),
  )

  it.each(['{', '"text"', `{"path":"/${'x'.repeat(40_000)}"}`])(
    'that is no small object is refused',
    async (body) => {
      const response = await send('purge', body)
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.status).toBeLessThan(500)
      expect(await response.json()).toEqual({ message: expect.any(String) })
    },
  )

  it('to purge is an error while the store is stopped, and the state says so', async () => {
    await send('store', '{"running":false}')
    const state = async () => (await fetch(`${base}/bar/state`)).json()
    expect(await state()).toMatchObject({ store: 'stopped' })
    expect((await send('purge', '{"path":"/"}')).status).toBe(503)
    expect((await fetch(`${base}/countries/JPN`)).status).toBe(200)
    await send('store', '{"running":true}')
    expect(await state()).not.toMatchObject({ store: 'stopped' })
  })

  it('is never stored, nor counted', async () => {
    const state = async () => {
      const response = await fetch(`${base}/bar/state`)
      return [response.headers.get('cache-control'), Reflect.get(Object(await response.json()), 'requests')]
    }
    const first = await state()
    expect(await state()).toEqual(first)
    expect(first[0]).toContain('no-store')
  })
})

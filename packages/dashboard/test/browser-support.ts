import { once } from 'node:events'
import { accessSync } from 'node:fs'
import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { generate } from 'selfsigned'
import { OPERATOR } from './support.js'

/** Starts the browser that the system has. */
export function startBrowser(): Promise<Browser> {
  // As root, in a container, it has no sandbox of its own.
  return chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox', '--disable-gpu'] })
}

function browserPath(): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  const found = folders.map((folder) => join(folder, 'chromium')).find(isThere)
  if (found === undefined) throw new Error('chromium is needed: apt-get install chromium')
  return found
}

function isThere(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}

/** An operator's page, with all that it complains of. */
export interface Opened {
  readonly page: Page
  /** Errors of the console, of scripts, of policies and of requests. */
  readonly errors: readonly string[]
  close(): Promise<void>
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const context = await browser.newContext({
    extraHTTPHeaders: OPERATOR,
    ignoreHTTPSErrors: true,
    ...options,
  })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('requestfailed', (failed) => errors.push(`${failed.url()}: ${failed.failure()?.errorText}`))
  page.on('response', (response) => {
    if (response.status() >= 400) errors.push(`${response.url()}: ${response.status()}`)
  })
  await page.goto(url)
  await page.waitForSelector('.status[data-connection=live]')
  return { page, errors, close: () => context.close() }
}

/** A proxy that ends TLS, and keeps a prefix of the path to itself; answers its URL. */
export async function startTlsProxy(
  target: string,
  prefix: string,
): Promise<{ url: string; close(): Promise<void> }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
  })
  const server = createServer({ cert, key }, (req: IncomingMessage, res: ServerResponse) => {
    const path = req.url?.startsWith(prefix) ? req.url.slice(prefix.length) : undefined
    if (path === undefined) return void res.writeHead(404).end()
    const headers = { ...req.headers, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.1' }
    const upstream = request(`${target}${path}`, { method: req.method, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    })
    upstream.on('error', () => res.destroy())
    res.on('close', () => upstream.destroy())
    req.pipe(upstream)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `https://localhost:${port}${prefix}`, close }
}

import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { SettingsError } from '@sitecache/core'
import { parseTimeout } from '@sitecache/core/internal'
import { warm } from '@sitecache/express'
import type { SiteContext } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { collectSitemap, type SitemapPages } from '../warming/collect-sitemap.js'
import { progressView, silent } from '../warming/progress.js'
import { requestHeaders } from '../warming/request-headers.js'
import { counted, totalsLine, Unwarmed } from '../warming/summary.js'
import { httpUrl, readUrlList } from '../warming/url-list.js'

/** Pages to warm, and how to request them. */
export interface WarmCommandOptions {
  readonly sitemap?: string
  readonly urls?: string
  readonly base?: string
  readonly allowOrigin?: readonly string[]
  readonly maxUrls: number
  readonly concurrency: number
  readonly header?: readonly string[]
  readonly timeout: string
  readonly quiet?: boolean
  readonly json?: boolean
}

interface Settings {
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Requests the pages of a running site. */
export async function warmSite(site: SiteContext, options: WarmCommandOptions): Promise<ExitCode> {
  if ((options.sitemap === undefined) === (options.urls === undefined))
    throw new SettingsError('warm what? Give one of --sitemap and --urls')
  const settings: Settings = {
    headers: requestHeaders(options.header ?? []),
    timeoutMs: millisecondsOf(options.timeout),
    signal: site.context.interruption?.() ?? new AbortController().signal,
  }
  const found = await collect(site, options, settings).catch((error: unknown) => {
    if (settings.signal.aborted) return undefined
    throw error
  })
  if (found === undefined) {
    site.report.failure('Interrupted', 'interrupted before any page was asked for')
    return exitCodes.interrupted
  }
  tellLeftOut(site, found)
  if (found.urls.length === 0) throw new Error('there is no page to ask for')
  return ask(site, options, settings, found)
}

async function ask(
  { context, report }: SiteContext,
  { quiet = false, json = false, concurrency }: WarmCommandOptions,
  { headers, timeoutMs, signal }: Settings,
  { urls, refused, unusable, failures }: SitemapPages,
): Promise<ExitCode> {
  const view = quiet || json ? silent : progressView(context, urls.length)
  const unwarmed = new Unwarmed()
  const started = performance.now()
  const result = await warm(urls, {
    headers,
    concurrency,
    timeout: timeoutMs / 1000,
    signal,
    onProgress(progress) {
      view.tell(progress)
      unwarmed.tell(progress)
    },
  }).finally(() => view.end())
  const { total, hit, stored } = result
  const left = total - hit - stored - result['not-stored'] - result.failed
  const data = {
    total,
    stored,
    hit,
    notStored: unwarmed.of('not-stored'),
    failed: unwarmed.of('failed'),
    refused: Object.fromEntries(refused),
    unusable,
    sitemaps: failures,
    interrupted: left > 0,
  }
  const totals = totalsLine(result, (performance.now() - started) / 1000)
  report.result(data, quiet ? [] : [totals, ...unwarmed.lines('not-stored')])
  for (const line of unwarmed.lines('failed')) report.note(line)
  if (left > 0) report.note(`sitecache: interrupted: ${left} not asked for`)
  if (left > 0) return exitCodes.interrupted
  return result.failed + failures.length === 0 ? exitCodes.ok : exitCodes.failed
}

async function collect(
  { context }: SiteContext,
  { sitemap, urls = '-', base, allowOrigin = [], maxUrls }: WarmCommandOptions,
  settings: Settings,
): Promise<SitemapPages> {
  const allowedOrigins = allowOrigin.map((origin) => httpUrl(origin, '--allow-origin').origin)
  if (sitemap !== undefined) {
    if (base !== undefined) throw new SettingsError('--base is for --urls: a sitemap holds whole URLs')
    return collectSitemap(httpUrl(sitemap, '--sitemap'), { ...settings, allowedOrigins, maxUrls })
  }
  if (allowOrigin.length > 0)
    throw new SettingsError('--allow-origin is for --sitemap: of --urls all are asked')
  const below = base === undefined ? undefined : httpUrl(base, '--base')
  const [source, name] =
    urls === '-'
      ? [context.stdin, 'the standard input']
      : [createReadStream(resolve(context.cwd, urls)), urls]
  if (source === undefined) throw new SettingsError('--urls -: there is no standard input')
  addAbortSignal(settings.signal, source)
  const listed = await readUrlList(source, name, { base: below, maxUrls })
  return { urls: listed, refused: new Map(), unusable: 0, failures: [] }
}

/** Reports the parts of a sitemap that are left out. */
function tellLeftOut({ report }: SiteContext, { refused, unusable, failures }: SitemapPages): void {
  for (const { sitemap, message } of failures) report.note(`the sitemap ${sitemap} ${message}`)
  for (const [origin, count] of refused)
    report.note(
      `left out: ${counted(count, 'URL')} of another origin; --allow-origin ${origin} would ask for them`,
    )
  if (unusable > 0)
    report.note(`left out: ${counted(unusable, 'location')}: no http or https URL, or too long a one`)
}

function millisecondsOf(timeout: string): number {
  const seconds = parseTimeout(timeout, '--timeout')
  if (seconds !== null && seconds > 0) return Math.min(seconds * 1000, 2 ** 31 - 1)
  throw new SettingsError(`--timeout must be more than 0 seconds; got '${timeout}'`)
}

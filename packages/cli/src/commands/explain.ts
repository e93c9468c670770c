import { SettingsError } from '@sitecache/core'
import { parseTimeout } from '@sitecache/core/internal'
import { loadApplication } from '../application.js'
import type { SiteContext } from '../command-context.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { ask } from '../explaining/ask.js'
import { explainFunctionsFor } from '../explaining/explain-functions.js'
import { type ExplainedResponse, explainResponse, linesOf } from '../explaining/explain-response.js'
import { requestHeaders } from '../warming/request-headers.js'
import { httpUrl } from '../warming/url-list.js'

/** The page to explain, and how to ask for it. */
export interface ExplainCommandOptions {
  readonly header?: readonly string[]
  readonly twice?: boolean
  readonly token?: string
  /** File that exports the application. */
  readonly app?: string
  readonly timeout: string
  readonly json?: boolean
}

/** Explains a page: of an application in this process, or of a running site by what it answers. */
export function explainPage(
  site: SiteContext,
  url: string,
  options: ExplainCommandOptions,
): Promise<ExitCode> {
  const headers = requestHeaders(options.header ?? [])
  return options.app === undefined
    ? explainSite(site, url, headers, options)
    : explainApplication(site, url, headers, options.app, options)
}

async function explainApplication(
  { context, report }: SiteContext,
  url: string,
  headers: Readonly<Record<string, string>>,
  file: string,
  { twice, token }: ExplainCommandOptions,
): Promise<ExitCode> {
  if (twice === true || token !== undefined)
    throw new SettingsError('--twice and --token are for a running site: give no --app')
  const { app } = await loadApplication(file, context.cwd)
  const { explain, explainText } = explainFunctionsFor(file, context.cwd)
  const explained = await explain({ url, headers }, { app })
  report.result(explained, explainText(explained).trimEnd().split('\n'))
  return exitCodes.ok
}

async function explainSite(
  { context, report }: SiteContext,
  target: string,
  given: Readonly<Record<string, string>>,
  { twice = false, token, timeout }: ExplainCommandOptions,
): Promise<ExitCode> {
  const url = httpUrl(target, 'the URL')
  const headers = token === undefined ? given : { ...given, 'sitecache-explain': token }
  const seconds = parseTimeout(timeout, '--timeout')
  if (seconds === null || seconds <= 0)
    throw new SettingsError(`--timeout must be more than 0 seconds; got '${timeout}'`)
  const signal = context.interruption?.() ?? new AbortController().signal
  const responses: ExplainedResponse[] = []
  for (let i = 0; i < (twice ? 2 : 1); i += 1) {
    const response = await ask(url, headers, { timeoutMs: seconds * 1000, signal }).catch(toError)
    responses.push(explainResponse(response, headers, Date.now()))
  }
  const blocks = responses.flatMap((response, i) => [
    ...(twice ? [i === 0 ? 'First:' : 'Then:'] : []),
    ...linesOf(response),
    ...(i < responses.length - 1 ? [''] : []),
  ])
  const note = twice ? noteOfTwo(responses) : undefined
  const data = { url: url.href, responses, ...(note !== undefined && { note }) }
  report.result(data, [`GET ${url.href}`, ...blocks, ...(note === undefined ? [] : ['', note])])
  return exitCodes.ok
}

/** Shows a code alone: a message may hold the headers that were sent. */
function toError(error: unknown): never {
  const code: unknown = Reflect.get(Object(error), 'code')
  const late = error instanceof Error && error.message === 'it took too long'
  throw new Error(
    `there was no whole response: ${late ? 'it took too long' : (code ?? 'the connection broke')}`,
  )
}

/** The same request twice: what was stored has to be found. */
function noteOfTwo([first, second]: readonly ExplainedResponse[]): string | undefined {
  const has = (one: ExplainedResponse | undefined, result: string): boolean =>
    one?.layers.some((layer) => layer.result === result) === true
  if (!has(first, 'miss') || !has(second, 'miss')) return undefined
  return 'Stored twice, and not found between: its key changes from request to request, the store loses it, or several processes have each their own.'
}

import { SettingsError } from '@sitecache/core'
import { doctor } from '@sitecache/doctor'
import { loadApplication } from '../application.js'
import type { SiteContext } from '../command-context.js'
import { ReplayClients } from '../doctor/clients.js'
import { findingLines } from '../doctor/lines.js'
import { remoteFindings } from '../doctor/remote-findings.js'
import { replayRequests } from '../doctor/replay.js'
import { readRequests } from '../doctor/requests.js'
import { type ExitCode, exitCodes } from '../exit.js'
import { requestHeaders } from '../warming/request-headers.js'

/** Where findings come from. */
export interface DoctorCommandOptions {
  readonly app?: string
  readonly url?: string
  readonly token?: string
  readonly header?: readonly string[]
  readonly maxRequests: number
  readonly clients: number
  readonly json?: boolean
}

/** Tells what keeps the hit rate of an application low: of one that is tried here, or that runs. */
export async function examineSite(
  site: SiteContext,
  requests: readonly string[],
  options: DoctorCommandOptions,
): Promise<ExitCode> {
  const { app, url } = options
  if ((app === undefined) === (url === undefined))
    throw new SettingsError('whose hit rate? Give one of --app and --url')
  const signal = site.context.interruption?.() ?? new AbortController().signal
  const headers = { ...tokenHeader(options), ...requestHeaders(options.header ?? []) }
  if (app !== undefined) return tryApplication(site, app, requests, { ...options, headers, signal })
  if (requests.length > 0) throw new SettingsError('requests are replayed with --app only')
  const findings = await remoteFindings(url ?? '', headers, signal)
  const none = findings.length === 0 ? ['nothing found'] : []
  site.report.result({ findings }, [...findingLines(findings), ...none])
  return exitCodes.ok
}

function tokenHeader({ app, token }: DoctorCommandOptions): Readonly<Record<string, string>> {
  if (token === undefined) return {}
  if (app !== undefined) throw new SettingsError('--token is for --url')
  if (!/^[\x21-\x7e]+$/.test(token)) throw new SettingsError('--token must be printable ASCII')
  return { authorization: `Bearer ${token}` }
}

async function tryApplication(
  { context, report }: SiteContext,
  file: string,
  given: readonly string[],
  {
    headers,
    signal,
    maxRequests,
    clients,
  }: Pick<DoctorCommandOptions, 'maxRequests' | 'clients'> & {
    readonly headers: Readonly<Record<string, string>>
    readonly signal: AbortSignal
  },
): Promise<ExitCode> {
  if (given.length === 0)
    throw new SettingsError(
      'what shall be replayed? Give URLs, paths, or a file of those or of an access log',
    )
  const read = await readRequests(given, context, { most: maxRequests, signal })
  const { app, caches } = await loadApplication(file, context.cwd)
  const hitRate = doctor(caches === undefined ? {} : { caches })
  try {
    const began = performance.now()
    const replayed = await replayRequests(app, read.requests, {
      headers,
      signal,
      clients: new ReplayClients(clients),
    })
    // As the doctor counts a short sample.
    const hours = Math.max(60, (performance.now() - began) / 1000) / 3600
    const findings = await hitRate.findings()
    const { lookUps, hits, failed } = replayed
    const left = { unsafe: read.unsafe, unknown: read.unknown, failed }
    const total = `${hits} of ${lookUps} look-ups were hits`
    report.result({ lookUps, hits, ...left, findings }, [
      ...findingLines(findings, { lookUps, hours }),
      findings.length === 0 && lookUps > 0 ? `nothing found: ${total}` : total,
    ])
    for (const line of remarks(left)) report.note(line)
    if (lookUps === 0)
      report.note(
        'no look-up was seen: export the caches of the application as `caches`, if they are its own',
      )
    if (signal.aborted) return exitCodes.interrupted
    return lookUps === 0 ? exitCodes.failed : exitCodes.ok
  } finally {
    hitRate.close()
  }
}

function remarks({ unsafe, unknown, failed }: { unsafe: number; unknown: number; failed: number }): string[] {
  const lines: [number, string][] = [
    [unsafe, 'requests are neither GET nor HEAD, and were left out'],
    [unknown, 'lines are no path, URL or line of an access log'],
    [failed, 'requests were not answered'],
  ]
  return lines.filter(([count]) => count > 0).map(([count, text]) => `${count} ${text}`)
}

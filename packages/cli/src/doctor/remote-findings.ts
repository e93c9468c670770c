import { SettingsError } from '@sitecache/core'
import type { Finding } from '@sitecache/doctor'
import { httpUrl } from '../warming/url-list.js'

const LONGEST_MS = 30_000
const MOST_BYTES = 5 * 2 ** 20

/**
 * Asks a dashboard for its findings. Redirects are not followed: the headers are for this address.
 *
 * @throws Error that tells the status, or what is wrong with the answer; no header
 */
export async function remoteFindings(
  address: string,
  headers: Readonly<Record<string, string>>,
  interruption: AbortSignal,
): Promise<readonly Finding[]> {
  const url = httpUrl(address, '--url')
  // By hand: Node 20 collects a signal of AbortSignal.any() that depends on a timeout.
  const controller = new AbortController()
  const late = setTimeout(() => controller.abort(new LateError()), LONGEST_MS)
  const stop = (): void => controller.abort()
  interruption.addEventListener('abort', stop)
  try {
    return findingsIn(await download(url, headers, controller.signal))
  } catch (error) {
    if (error instanceof SettingsError || error instanceof AnswerError) throw error
    throw new Error(`${url.origin} could not be asked: ${reasonOf(error)}`, { cause: error })
  } finally {
    clearTimeout(late)
    interruption.removeEventListener('abort', stop)
  }
}

class LateError extends Error {}

/** The answer is not as it must be. */
class AnswerError extends Error {
  override readonly name = 'Error'
}

async function download(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const accepted = { accept: 'application/json', ...headers }
  const response = await fetch(url, { headers: accepted, redirect: 'manual', signal })
  if (response.status === 200) return bounded(response)
  await response.body?.cancel()
  const hint = response.status === 404 ? ': is the dashboard there, and does authorize() let you in?' : ''
  throw new AnswerError(`${url.origin} answered with status ${response.status}${hint}`)
}

/** Tells a code alone: a message may contain the headers. */
function reasonOf(error: unknown): string {
  if (error instanceof LateError) return 'it took too long'
  const code = Reflect.get(Object(Reflect.get(Object(error), 'cause')), 'code')
  return typeof code === 'string' ? code : 'the connection broke'
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > MOST_BYTES) throw new AnswerError(`the answer is larger than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Reads findings as a dashboard answers them. */
function findingsIn(text: string): readonly Finding[] {
  const answer = parsed(text)
  const findings: unknown = Reflect.get(Object(answer), 'findings')
  if (!Array.isArray(findings) || !findings.every(isFinding))
    throw new SettingsError("--url must be the doctor's address below a dashboard, such as …/api/doctor")
  return findings
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isFinding(value: unknown): value is Finding {
  const { rule, title, evidence, estimate, fix } = Object(value) as Record<string, unknown>
  const { requestsPerHour, secondsPerHour } = Object(estimate) as Record<string, unknown>
  const { text, code } = Object(fix) as Record<string, unknown>
  const isText = [rule, title, evidence, text, code].every((it) => typeof it === 'string')
  return isText && typeof requestsPerHour === 'number' && typeof secondsPerHour === 'number'
}

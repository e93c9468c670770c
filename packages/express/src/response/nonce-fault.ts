import type { ServerResponse } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib'
import { passingNonces } from '@sitecache/http'
import { mayName, wireHead } from '../capture/wire.js'

const POLICIES = ['content-security-policy', 'content-security-policy-report-only'] as const
/** Bytes: an encoded body that is longer is not looked into. */
const MAX_DECODED = 32 * 2 ** 20

const decoders: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
}

/**
 * Returns 'nonce' for a body that names the nonce of a Content-Security-Policy which is not stored
 * with it. A body that a hole was cut out of no longer names what filled it.
 *
 * @param stored headers of the page: name, value, name, value
 * @param coding Content-Encoding of the body; undefined: none
 */
export function nonceFault(
  res: ServerResponse,
  stored: readonly string[],
  body: Buffer,
  coding: string | undefined,
): 'nonce' | undefined {
  const sent = policiesSent(res)
  if (sent.length === 0) return undefined
  const nonces = passingNonces(sent, policiesAmong(stored))
  if (nonces.length === 0) return undefined
  const text = decoded(body, coding)
  return text === undefined || nonces.some((nonce) => text.includes(nonce)) ? 'nonce' : undefined
}

/**
 * Returns whether a policy goes out with a nonce that is not stored with the page. Whether the body
 * names it is not known at the head.
 *
 * @param stored headers of the page: name, value, name, value
 */
export function hasPassingNonce(res: ServerResponse, stored: readonly string[]): boolean {
  if (!POLICIES.some((name) => res.hasHeader(name))) return false
  const sent = POLICIES.flatMap((name) => [res.getHeader(name) ?? []].flat().map(String))
  return passingNonces(sent, policiesAmong(stored)).length > 0
}

function policiesSent(res: ServerResponse): readonly string[] {
  if (!mayName(res, 'nonce-')) return []
  const headers = wireHead(res)?.headers
  return POLICIES.flatMap((name) => {
    const value = headers === undefined ? res.getHeader(name) : headers[name]
    return value === undefined ? [] : [value].flat().map(String)
  }).filter((policy) => policy.includes('nonce-'))
}

function policiesAmong(headers: readonly string[]): readonly string[] {
  const names: readonly string[] = POLICIES
  return headers.filter((_, i) => i % 2 === 1 && names.includes(String(headers[i - 1]).toLowerCase()))
}

/** @returns undefined for a body that can't be decoded: it may name anything */
function decoded(body: Buffer, coding: string | undefined): Buffer | undefined {
  const name = coding?.trim().toLowerCase() ?? 'identity'
  if (name === 'identity' || name === '') return body
  try {
    return decoders[name]?.(body, { maxOutputLength: MAX_DECODED })
  } catch {
    return undefined
  }
}

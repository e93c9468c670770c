import type { RequestListener } from 'node:http'
import { expect } from '@jest/globals'
import type { Use } from './applications.js'
import { askRaw, bodyOf, headerOf, type RawResponse } from './raw.js'
import { serve } from './serve.js'

/** Asks a path with header lines, over a raw socket. Host is `a.example` unless a line says otherwise; the method is GET. */
export type Ask = (path: string, lines?: readonly string[], method?: string) => Promise<RawResponse>

const noCache: Use = (_req, _res, next) => next()
type Middlewares = { readonly [name: string]: Use }

/**
 * The same application twice, with a cache and without: whoever asks, the cached one must answer what the other does.
 *
 * @param layers middlewares of the cache; in the application without it they do nothing
 * @returns asks both, and fails where status or body differ; answers what the cached one said
 */
export async function twins<L extends Middlewares>(
  layers: L,
  build: (layers: L | Record<keyof L, Use>) => RequestListener,
): Promise<Ask> {
  const without = Object.fromEntries(Object.keys(layers).map((name) => [name, noCache]))
  const [cached, plain] = [await serve(build(layers)), await serve(build(without as Record<keyof L, Use>))]
  return async (path, lines = [], method = 'GET') => {
    const head = lines.some((line) => /^host:/i.test(line)) ? lines : ['Host: a.example', ...lines]
    const [answer, truth] = await Promise.all([
      askRaw(method, cached, path, head),
      askRaw(method, plain, path, head),
    ])
    expect(shown(answer)).toEqual(shown(truth))
    return answer
  }
}

function shown(response: RawResponse): unknown {
  return { status: response.status, body: bodyOf(response).toString('latin1') }
}

/** What the cache said of a response in Cache-Status. */
export function outcome(response: RawResponse): 'hit' | 'stored' | 'passed' {
  const status = headerOf(response, 'cache-status') ?? ''
  if (/; hit/.test(status)) return 'hit'
  return /; stored/.test(status) ? 'stored' : 'passed'
}

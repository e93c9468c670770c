import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { type SiteOptions, siteCache } from '@sitecache/express'
import { listen } from '@sitecache/test-support/applications'
import { ask } from '@sitecache/test-support/ask'
import { freshCache } from '@sitecache/test-support/cache'
import { passSeconds } from '@sitecache/test-support/clock'
import express from 'express'

export const times = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i))

/** A handler whose renders wait to be let go, one by one. */
export function gate(answer: (req: IncomingMessage, res: ServerResponse, render: number) => unknown) {
  const waiting: (() => void)[] = []
  const state = { renders: 0 }
  const handler = (req: IncomingMessage, res: ServerResponse): void => {
    state.renders += 1
    const render = state.renders
    waiting.push(() => void answer(req, res, render))
  }
  /** Resolves when so many renders have begun since the first. */
  const begun = async (count: number): Promise<void> => {
    while (state.renders < count) await new Promise((resolve) => setTimeout(resolve, 2))
  }
  const release = (): void => waiting.shift()?.()
  return { handler, begun, release, state, releaseAll: () => times(waiting.length, release) }
}

/** Lets requests that have arrived come to where they wait: in this process nothing else takes time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

export const plain = (_req: IncomingMessage, res: ServerResponse, render: number): unknown =>
  res.end(`render ${render}`)

/** @param use is given the URL, and what waits until so many requests, all told, have come and wait */
export async function serve<T>(
  app: RequestListener,
  use: (url: string, came: (count: number) => Promise<void>) => Promise<T>,
): Promise<T> {
  let requests = 0
  const { url, close } = await listen((req, res) => {
    requests += 1
    app(req, res)
  })
  const came = async (count: number): Promise<void> => {
    while (requests < count) await new Promise((resolve) => setTimeout(resolve, 2))
    await settle()
  }
  try {
    return await use(`${url}/page`, came)
  } finally {
    await close()
  }
}

export const site = (handler: RequestListener, options: SiteOptions = {}): RequestListener =>
  express().use(siteCache({ cache: freshCache(), ...options }), handler as express.RequestHandler)

/** Has a page stored whose lifetime of a minute ends. */
export async function storeStale(
  url: string,
  { begun, release }: Pick<ReturnType<typeof gate>, 'begun' | 'release'>,
): Promise<void> {
  const first = ask(url)
  await begun(1)
  release()
  await first
  passSeconds(61)
}

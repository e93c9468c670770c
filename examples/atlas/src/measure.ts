import { get, type IncomingMessage } from 'node:http'

/** How one request went. */
export interface Measurement {
  readonly milliseconds: number
  readonly status: number
  readonly age: string
  readonly cacheStatus: string
}

/** Requests a page, and reads it to its end. */
export async function measure(url: string, language: string): Promise<Measurement> {
  const started = performance.now()
  const response = await request(url, language)
  for await (const _chunk of response);
  const { age = '–', 'cache-status': cacheStatus = '–' } = response.headers
  return {
    milliseconds: performance.now() - started,
    status: response.statusCode ?? 0,
    age,
    cacheStatus: String(cacheStatus),
  }
}

function request(url: string, language: string): Promise<IncomingMessage> {
  const headers = { 'accept-language': language, 'accept-encoding': 'gzip' }
  return new Promise((resolve, reject) => {
    get(url, { headers }, resolve).on('error', reject)
  })
}

import { get } from 'node:http'

/** Milliseconds until a stream that has ended is opened again, as a browser does. */
const RETRY_MS = 500

/**
 * Reads a stream of events for as long as it is wanted, as a browser with the page open does.
 *
 * @param {string} url
 * @returns {Promise<() => void>} resolves with the first bytes; the function ends it
 * @throws {Error} when it is no stream of events
 */
export function readEvents(url) {
  let isWanted = true
  let request
  const open = (first, fail) => {
    request = get(url, (response) => {
      const type = response.headers['content-type'] ?? ''
      if (!type.startsWith('text/event-stream'))
        fail(new Error(`${url} is no stream: ${response.statusCode}`))
      response.once('data', first).resume()
      response.once('close', () => isWanted && setTimeout(open, RETRY_MS, first, fail).unref())
      response.on('error', () => {})
    }).on('error', fail)
  }
  const stop = () => {
    isWanted = false
    request.destroy()
  }
  return new Promise((resolve, reject) => open(() => resolve(stop), reject))
}

import { connect } from 'node:net'

/** Requests that are under way at a time: enough to keep a server busy, few enough for it to answer in its order. */
const BATCH = 100

/**
 * GETs over one connection, one behind the other without a pause.
 *
 * @param targets path and header lines of each
 * @returns how many were answered with 200, and how many of these from the cache
 */
export async function flood(
  url: string,
  targets: readonly (readonly [path: string, ...lines: string[]])[],
): Promise<{ answered: number; hits: number }> {
  const { hostname, port, host } = new URL(url)
  const counts = { answered: 0, hits: 0 }
  let [sent, rest] = [0, '']
  const socket = connect(Number(port), hostname)
  const send = (): void => {
    const batch = targets.slice(sent, sent + BATCH)
    sent += batch.length
    socket.write(batch.map(([path, ...lines]) => head(host, path, lines)).join(''), 'latin1')
  }
  return new Promise((resolve, reject) => {
    socket.once('connect', send).once('error', reject)
    socket.setEncoding('latin1').on('data', (text: string) => {
      // A line that was cut in two counts when its end has come.
      const lines = (rest + text).split('\r\n')
      rest = lines.pop() ?? ''
      counts.answered += lines.filter((line) => line.endsWith('HTTP/1.1 200 OK')).length
      counts.hits += lines.filter((line) => /^Cache-Status: .*; hit/.test(line)).length
      if (counts.answered === targets.length) socket.end()
      else if (counts.answered === sent) send()
    })
    socket.once('close', () => resolve(counts))
  })
}

function head(host: string, path: string, lines: readonly string[]): string {
  const own = lines.some((line) => /^host:/i.test(line)) ? lines : [`Host: ${host}`, ...lines]
  return [`GET ${path} HTTP/1.1`, ...own, '', ''].join('\r\n')
}

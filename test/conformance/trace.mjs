/** Notes what client and origin see of each test, to be printed after it. */
export class Trace {
  #started = Date.now()
  /** By the id that the suite makes for a test's run; it stands in all URLs of it. */
  #lines = new Map()

  /** The client, with what it sends and receives noted. */
  client(fetch) {
    return async (url, init) => {
      this.#note(
        url,
        `client → ${init?.method ?? 'GET'} ${new URL(url).pathname}${new URL(url).search}`,
        init?.headers,
      )
      try {
        const response = await fetch(url, init)
        const headers = Object.entries(response.headers.raw()).flatMap(([name, values]) =>
          values.map((value) => [name, value]),
        )
        const body = await response.clone().text()
        this.#note(url, `client ← ${response.status} ${response.statusText}`, headers, body)
        return response
      } catch (error) {
        this.#note(url, `client ← ${error}`)
        throw error
      }
    }
  }

  /** Notes a request to the origin, and what the origin answers. */
  origin(req, res) {
    this.#note(req.url, `        origin ← ${req.method} ${req.url}`, pairs(req.rawHeaders))
    const chunks = []
    const { end } = res
    res.end = (chunk, ...rest) => {
      if (typeof chunk === 'string') chunks.push(chunk)
      return end.call(res, chunk, ...rest)
    }
    res.on('close', () => {
      if (!res.writableFinished) this.#note(req.url, '        origin → hangs up')
      else {
        const headers = Object.entries(res.getHeaders()).flatMap(([name, value]) =>
          [value].flat().map((line) => [name, line]),
        )
        this.#note(req.url, `        origin → ${res.statusCode}`, headers, chunks.join(''))
      }
    })
  }

  /** What happened under the id of a test's run, in its order. */
  of(id) {
    return (this.#lines.get(id) ?? []).join('\n')
  }

  #note(url, what, headers = [], body = '') {
    const [, kind = '', id = ''] = new URL(url, 'http://origin').pathname.split('/')
    if (kind !== 'test') return
    const lines = this.#lines.get(id) ?? []
    this.#lines.set(id, lines)
    const indent = ' '.repeat(what.search(/\S/) + 10)
    const seconds = ((Date.now() - this.#started) / 1000).toFixed(2).padStart(6)
    lines.push(`${seconds}s ${what}`)
    for (const [name, value] of headers) lines.push(`${indent}${name}: ${value}`)
    if (body !== '') lines.push('', `${indent}${body.slice(0, 200)}`)
    lines.push('')
  }
}

function pairs(list) {
  return list.flatMap((name, i) => (i % 2 === 0 ? [[name, list[i + 1]]] : []))
}

const MAX_BYTES = 64 * 2 ** 20
/** Of a page, beside its body: its key, head and place in the map. */
const OVERHEAD = 400

/**
 * The smallest cache that does what each cache has to: a look-up by method, host and URL, a lifetime in the head, a
 * copy of head and body, and a bound by the oldest page. It has no rules at all, and serves one visitor's page to
 * another: for measuring only.
 */
export class LeastCache {
  #pages = new Map()
  #bytes = 0

  /** @returns {import('express').RequestHandler} */
  middleware() {
    return (req, res, next) => {
      const key = `${req.method}\0${req.headers.host}\0${req.url}`
      const page = this.#pages.get(key)
      if (page !== undefined) {
        for (let i = 0; i < page.head.length; i += 2) res.setHeader(page.head[i], page.head[i + 1])
        res.end(page.body)
        return
      }
      this.#capture(key, res)
      next()
    }
  }

  /** @param {string} key @param {import('node:http').ServerResponse} res */
  #capture(key, res) {
    const { writeHead, end } = res
    /** @type {(string | number | readonly string[])[]} */
    const head = []
    res.writeHead = (...args) => {
      res.writeHead = writeHead
      res.setHeader('Expires', new Date(Date.now() + 600_000).toUTCString())
      res.setHeader('Cache-Control', 'max-age=600')
      for (const name of res.getRawHeaderNames()) head.push(name, res.getHeader(name) ?? '')
      return writeHead.apply(res, args)
    }
    res.end = (chunk, ...args) => {
      res.end = end
      end.call(res, chunk, ...args)
      const body = Buffer.allocUnsafeSlow(chunk.length)
      chunk.copy(body)
      this.#keep(key, { head, body })
      return res
    }
  }

  /** @param {string} key @param {{ head: unknown[], body: Buffer }} page */
  #keep(key, page) {
    this.#pages.set(key, page)
    this.#bytes += page.body.length + OVERHEAD
    for (const [oldest, { body }] of this.#pages) {
      if (this.#bytes <= MAX_BYTES) return
      this.#pages.delete(oldest)
      this.#bytes -= body.length + OVERHEAD
    }
  }
}

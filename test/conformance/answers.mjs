import { pipeline } from 'node:stream'

/**
 * The ways in which a handler can write a response. Each gets the origin's response, its headers as a flat list of names
 * and values, and what to call when the rest of it doesn't come.
 */
export const answers = {
  /** `writeHead` with the list: repeated headers stay on lines of their own, and Node keeps no map of them. */
  array(res, response, list, fail) {
    res.writeHead(response.statusCode, response.statusMessage, list)
    stream(response, res, fail)
  },

  /** `writeHead` with an object; what is repeated is an array there. */
  object(res, response, list, fail) {
    res.writeHead(response.statusCode, response.statusMessage, Object.fromEntries(grouped(list)))
    stream(response, res, fail)
  },

  /** `setHeader`, and the whole body in one `end`. */
  async end(res, response, list, fail) {
    try {
      const chunks = await response.toArray()
      res.statusCode = response.statusCode
      res.statusMessage = response.statusMessage
      for (const [name, value] of grouped(list)) res.setHeader(name, value)
      res.end(Buffer.concat(chunks))
    } catch (error) {
      fail(error)
    }
  },
}

function stream(response, res, fail) {
  pipeline(response, res, (error) => {
    if (error) fail(error)
  })
}

/** One name, as it was first written, with its value or its values in order. */
function grouped(list) {
  const groups = new Map()
  for (let i = 0; i < list.length; i += 2) {
    const [name, value] = [list[i], list[i + 1]]
    const known = groups.get(name.toLowerCase())
    if (known === undefined) groups.set(name.toLowerCase(), [name, value])
    else known[1] = [known[1], value].flat()
  }
  return [...groups.values()]
}

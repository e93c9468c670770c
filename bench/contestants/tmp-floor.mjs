import express from 'express'
import { LRUCache } from '../../packages/core/node_modules/lru-cache/dist/esm/node/index.min.js'
import { expressHandler } from '../handlers.mjs'

const mode = process.env.MODE
const lru = new LRUCache({ maxSize: 64 * 2 ** 20 })
export const createListener = () =>
  express()
    .use((req, res, next) => {
      const end = res.end
      res.end = (chunk, enc, cb) => {
        const r = end.call(res, chunk, enc, cb)
        if (mode === 'ref') lru.set(req.originalUrl, { body: chunk, at: 1 }, { size: chunk.length + 704 })
        if (mode === 'copy' || mode === 'copy-drop') {
          const b = Buffer.allocUnsafeSlow(chunk.length)
          b.set(chunk)
          if (mode === 'copy') lru.set(req.originalUrl, { body: b, at: 1 }, { size: chunk.length + 704 })
        }
        if (mode === 'str')
          lru.set(
            req.originalUrl,
            { body: chunk.latin1Slice(0, chunk.length), at: 1 },
            { size: chunk.length + 704 },
          )
        return r
      }
      next()
    })
    .get('/page/:id', expressHandler)

import { crc32 } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { createCaches, siteCache } from '@sitecache/express'
import { ByteStore } from '@sitecache/test-support/byte-store'
import { exchangeRaw, getRaw } from '@sitecache/test-support/raw'
import { serve } from '@sitecache/test-support/serve'
import express from 'express'

/** A store that others can write to (a shared Redis) must not be able to split the responses of a connection. */
describe('a stored page whose headers speak of another body than its own', () => {
  it.each(['content-length\n3', 'transfer-encoding\nchunked', 'connection\nx-a', 'content-length\n99'])(
    'is a miss, checksum and all: %j',
    async (forged) => {
      const store = new ByteStore()
      const caches = createCaches({ default: { store } })
      const marker = 'x-marker-to-be-forged-1\nvalue'
      const app = express().use(siteCache({ caches }))
      app.use((_req, res) => void res.set('x-marker-to-be-forged-1', 'value').send('the whole page'))
      const url = await serve(app)
      await getRaw(url, '/', ['Host: a'])
      await caches.idle()
      for (const entry of store.entries.values()) {
        const text = entry.bytes.toString('latin1')
        const [name = '', value = ''] = forged.split('\n')
        const bytes = Buffer.from(text.replace(marker, `${name}\n${value}`.padEnd(marker.length)), 'latin1')
        bytes.writeUInt32BE(crc32(bytes.subarray(8)), 4)
        entry.bytes = bytes
      }
      const got = await exchangeRaw(
        url,
        'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      )
      const text = got.toString('latin1')
      expect(text.match(/the whole page/g)).toHaveLength(2)
      expect(text.match(/cache-status: .*hit/gi)).toBeNull()
      expect(text.match(/^content-length: /gim)).toHaveLength(2)
      expect(text).not.toMatch(/transfer-encoding/i)
    },
  )
})

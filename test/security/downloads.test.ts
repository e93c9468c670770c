import { get, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { cachePage, createCaches, memoryStore, siteCache } from '@sitecache/express'
import { type Framework, frameworks, type Handle, type Use } from '@sitecache/test-support/applications'
import { serve } from '@sitecache/test-support/serve'

const MIB = 2 ** 20
const LENGTH = 128 * MIB
const chunk = Buffer.from(Array.from({ length: 64 * 1024 }, (_, i) => (i * 31) % 251))
const CHECKSUM = Array.from({ length: LENGTH / chunk.length }).reduce<number>((sum) => crc32(chunk, sum), 0)

/** What a handler reads from a disk or an upstream, as fast as it is let. */
class Download extends Readable {
  produced = 0

  override _read(): void {
    if (this.produced === LENGTH) this.push(null)
    else {
      this.produced += chunk.length
      this.push(chunk)
    }
  }
}

const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    get(`${url}/page`, { agent: false }, resolve).once('error', reject)
  })

/** Waits until nothing more is produced for a while, because nobody reads. */
async function standstill(download: Download): Promise<number> {
  let [before, still] = [-1, 0]
  for (const deadline = Date.now() + 20_000; still < 10 && Date.now() < deadline; await pause(20)) {
    still = download.produced === before ? still + 1 : 0
    before = download.produced
  }
  return before
}

async function readAll(
  response: IncomingMessage,
): Promise<{ length: number; checksum: number; held: number }> {
  const read = { length: 0, checksum: 0, held: 0 }
  let next = 0
  for await (const bytes of response as AsyncIterable<Buffer>) {
    read.length += bytes.length
    read.checksum = crc32(bytes, read.checksum)
    if (read.length < next) continue
    next += 16 * MIB
    read.held = Math.max(read.held, heldBytes())
  }
  return read
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Bytes of buffers that something still holds: garbage of other tests in this process is not the download's. */
function heldBytes(): number {
  collect()
  return process.memoryUsage().arrayBuffers
}

const layers: Readonly<Record<string, (cache: ReturnType<typeof emptyCache>) => Use>> = {
  siteCache: (cache) => siteCache({ cache }),
  cachePage: (cache) => cachePage('15m', { cache }) as Use,
}

const emptyCache = () => createCaches({ default: { store: memoryStore() } }).get('default')

const chosen = frameworks.filter(({ name }) => name === 'Express 5' || name === 'node:http')
const cases = chosen.flatMap((framework) =>
  Object.entries(layers).map(
    ([layer, make], i) => [framework.name, layer, i === 0 ? 'chunks' : 'a length', framework, make] as const,
  ),
)

async function download(framework: Framework, make: (typeof layers)[string], announced: boolean) {
  const cache = emptyCache()
  const downloads: Download[] = []
  const handler: Handle = (_req, res) => {
    const source = new Download()
    downloads.push(source)
    if (announced) res.setHeader('Content-Length', LENGTH)
    source.pipe(res)
  }
  const url = await serve(framework.build([make(cache)], handler))
  return { url, cache, downloads }
}

describe('a download of 128 MiB', () => {
  it.each(cases)(
    'passes through %s under %s at the pace of its reader, told by %s',
    async (_name, _layer, told, framework, make) => {
      const { url, cache, downloads } = await download(framework, make, told === 'a length')
      const before = heldBytes()
      const response = await open(url)
      const [source] = downloads
      if (source === undefined) throw new Error('the handler was not asked')
      // What the sockets of this machine take in by themselves, and no more.
      expect(await standstill(source)).toBeLessThan(32 * MIB)
      const { length, checksum, held } = await readAll(response)
      expect([length, checksum]).toEqual([LENGTH, CHECKSUM])
      expect(held - before).toBeLessThan(64 * MIB)
      const { entries, bytes = 0, skips } = await cache.stats()
      expect(skips).toEqual({ 'too-large': 1 })
      // The clock of the tags, and nothing of the body.
      expect(entries).toBe(1)
      expect(bytes).toBeLessThan(MIB)
      const again = await open(url)
      again.destroy()
      expect(downloads).toHaveLength(2)
    },
    60_000,
  )
})

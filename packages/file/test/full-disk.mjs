/** Runs with a file system of 1 MiB of its own at the folder that it is told: fills that, makes room again, prints what the cache did. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCaches } from '@sitecache/core'
import { fileStore } from '@sitecache/file'

const folder = process.argv[2]
const cache = createCaches({ default: { store: fileStore(join(folder, 'cache')) } }).get('default')
const codes = new Set()
cache.on('error', ({ error }) => codes.add(error.code ?? error.message))
const ballast = join(folder, 'ballast')
const page = 'x'.repeat(50_000)

function fill() {
  for (let size = 2 ** 20; size >= 1; size = Math.floor(size / 2)) {
    try {
      writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' })
    } catch {
      // Full to so much.
    }
  }
}

const report = {}
await cache.set('old', page)
fill()
for (const key of ['old', 'a', 'b', 'c']) await cache.set(key, page)
report.full = {
  values: [...(await cache.getMany(['old', 'a', 'b', 'c'])).keys()],
  added: await cache.add('d', page),
  computed: (await cache.getOrSet('e', () => page)) === page,
  codes: [...codes],
  check: await cache.store.check().then(
    () => 'usable',
    (error) => error.message,
  ),
}
rmSync(ballast)
// Should the circuit have opened, it closes by itself.
const deadline = Date.now() + 10_000
do await cache.set('a', page)
while ((await cache.get('a')) !== page && Date.now() < deadline)
report.after = { value: (await cache.get('a')) === page, errors: (await cache.stats()).errors }
await cache.store.check()
await cache.close()
console.log(JSON.stringify(report))

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { bytesOf, createCaches } from '@sitecache/core'
import { memberFile } from '@sitecache/test-support/child'
import { entryFiles, eventually, freshFolder, patientStore } from './folders.js'

const worker = await memberFile(fileURLToPath(new URL('worker.mjs', import.meta.url)))

async function work(job: object): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [worker, JSON.stringify(job)])
  return JSON.parse(stdout)
}

const atOnce = (count: number, job: (id: number) => object) =>
  Promise.all(Array.from({ length: count }, (_, id) => work({ ...job(id), id })))

describe('several processes at once', () => {
  it('lose no incr', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    await store.set('warm-up', Buffer.from(''), null)
    const cache = createCaches({ default: { store } }).get('default')
    await cache.set('n', 0, null)
    const sums = (await atOnce(6, () => ({ folder, job: 'incr', times: 200 }))) as number[][]
    expect(await cache.get('n')).toBe(1200)
    // Each sum was answered once.
    expect(new Set(sums.flat()).size).toBe(1200)
  }, 30_000)

  it('let one of them add each key', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    const cache = createCaches({ default: { store } }).get('default')
    // Half of the keys are there, but expired: those are added by replacing them.
    const past = patientStore(folder, { now: () => Date.now() - 10_000 })
    for (let i = 0; i < 50; i += 1)
      await past.set(cache.makeKey(`k${i}`), Buffer.from('old'), Date.now() - 5000)
    const added = (await atOnce(6, () => ({ folder, job: 'add', times: 100 }))) as number[]
    expect(added.reduce((sum, count) => sum + count, 0)).toBe(100)
    for (let i = 0; i < 100; i += 1) expect(await cache.get(`k${i}`)).toEqual(expect.any(Number))
  }, 30_000)

  it('cull together, and stay about within the limit', async () => {
    const folder = await freshFolder()
    const options = { maxEntries: 300 }
    expect(await atOnce(4, () => ({ folder, options, job: 'fill', times: 500 }))).toEqual([
      500, 500, 500, 500,
    ])
    const left = (await entryFiles(folder)).length
    expect(left).toBeGreaterThan(0)
    // Each may believe in room that the others have just used.
    expect(left).toBeLessThanOrEqual(4 * options.maxEntries)
    const store = patientStore(folder, options)
    for (let i = 0; i < 2; i += 1) await store.set(`one more ${i}`, Buffer.from('x'), null)
    expect((await entryFiles(folder)).length).toBeLessThanOrEqual(options.maxEntries)
  }, 30_000)
})

describe('writers that are killed half-way', () => {
  const bytes = 300_000

  async function startWriter(folder: string, id: number): Promise<ChildProcess> {
    const child = spawn(process.execPath, [worker, JSON.stringify({ folder, id, job: 'write', bytes })], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    return child
  }

  it('leave no broken value and no failing operation: 50, five to a process', async () => {
    const folder = await freshFolder()
    const store = patientStore(folder)
    await store.set('n', Buffer.from('0'), null)
    let [killed, reads] = [0, 0]
    const killOne = async () => {
      killed += 1
      const writer = await startWriter(folder, killed)
      await new Promise((resolve) => setTimeout(resolve, (killed * 7) % 60))
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    const killAll = async () => {
      while (killed < 10) await killOne()
    }
    const unfinished = () => readdir(join(folder, 'tmp'))
    const readAll = async (running: () => boolean) => {
      while (running()) {
        for (const key of [...Array(10).keys()].flatMap((i) => [`k${i}`, `a${i * 5}`])) {
          const entry = await store.get(key)
          if (entry === undefined) continue
          reads += 1
          const found = Buffer.from(bytesOf(entry.value))
          expect(found.equals(Buffer.alloc(bytes, found[0]))).toBe(true)
        }
      }
    }
    let running = true
    const killing = Promise.all([killAll(), killAll()]).finally(() => {
      running = false
    })
    await Promise.all([killing, readAll(() => running)])
    expect(reads).toBeGreaterThan(0)

    // What holders of locks left behind is broken, and counting goes on.
    const before = Number(bytesOf((await store.get('n'))?.value ?? Buffer.from('')))
    expect(await store.incr('n', 1)).toBe(before + 1)
    for (let i = 0; i < 50; i += 1)
      expect(typeof (await store.add(`a${i}`, Buffer.from('x'), null))).toBe('boolean')

    // And their unfinished files are swept away when nobody can be writing them any more. A writer
    // may be killed between two files.
    while ((await unfinished()).length === 0) await killOne()
    const later = patientStore(folder, { now: () => Date.now() + 11 * 60_000 })
    await eventually(async () => {
      await later.get('k0')
      const left = await Promise.all(['tmp', 'locks'].map((name) => readdir(join(folder, name))))
      return left.flat().length === 0
    })
    expect(await later.get('k0')).toBeDefined()
  }, 60_000)
})

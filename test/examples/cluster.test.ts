import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, it, jest } from '@jest/globals'
import { until } from '@sitecache/test-support/servers/redis'
import { temporaryFolder } from '@sitecache/test-support/servers/server-process'
import { root } from '@sitecache/test-support/workspace'

jest.setTimeout(120_000)

/** As it is built. */
const main = join(root, 'examples/cluster/dist/main.js')

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

/** The example as a process, with a folder of its own for all that it throws away. */
class Example {
  output = ''
  readonly #child: ChildProcess

  private constructor(
    args: readonly string[],
    readonly folder: string,
  ) {
    const child = spawn(process.execPath, ['--unhandled-rejections=strict', main, ...args], {
      env: { ...process.env, PORT: '0', TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text
      })
    }
    this.#child = child
  }

  static async start(...args: readonly string[]): Promise<Example> {
    const folder = await temporaryFolder('example')
    const example = new Example(args, folder)
    undo.push(async () => {
      // It ends what it has started.
      if (example.code === null) example.interrupt()
      await example.ended()
      await rm(folder, { recursive: true, force: true })
    })
    return example
  }

  get code(): number | null {
    return this.#child.exitCode
  }

  interrupt(): void {
    this.#child.kill('SIGINT')
  }

  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.code
  }

  /** Where it answers. */
  get url(): string {
    return /http:\/\/127\.0\.0\.1:\d+/.exec(this.output)?.[0] ?? ''
  }

  /** The ports on which it and its Redis servers were listening. */
  get ports(): number[] {
    const servers = /masters on ports ([\d, ]+), replicas on ([\d, ]+)/.exec(this.output)?.slice(1) ?? []
    return [new URL(this.url).port, ...servers.flatMap((list) => list.split(', '))].map(Number)
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })
}

/** Nothing of it listens any more, and nothing of it is left on the disk. */
async function expectNothingLeft(example: Example): Promise<void> {
  expect(example.ports).toHaveLength(7)
  expect(await Promise.all(example.ports.map(listens))).toEqual(Array(7).fill(false))
  expect(await readdir(example.folder)).toEqual([])
}

it('loses no request of four processes when a Redis master is killed under load, and purges in all of them', async () => {
  const example = await Example.start('--check')
  expect([await example.ended(), example.output]).toEqual([
    0,
    expect.stringContaining('a Redis master was killed'),
  ])
  const [, lost, requests, hits] =
    /ok {3}(\d+) of (\d+) requests were lost meanwhile, (\d+) were hits/.exec(example.output) ?? []
  expect(lost).toBe('0')
  expect(Number(requests)).toBeGreaterThan(100)
  expect(Number(hits)).toBeGreaterThan(Number(requests) / 2)
  for (const purged of ['an edited page', 'a purged page', 'a page whose tag was purged']) {
    expect(example.output).toContain(`ok   ${purged} is new in every process\n`)
  }
  expect(example.output).toContain('ok   an edited page is new in every process, without that master')
  await expectNothingLeft(example)
})

it('answers until it is interrupted, and leaves nothing behind', async () => {
  const example = await Example.start()
  await until(() => example.output.includes('Ctrl+C stops it all.') || example.code !== null, 60_000)
  const get = async () => {
    const response = await fetch(`${example.url}/articles/1`)
    return {
      status: response.status,
      cache: response.headers.get('cache-status') ?? '',
      page: await response.text(),
    }
  }
  const first = await get()
  expect(first).toMatchObject({
    status: 200,
    page: expect.stringContaining('Revision <b id="revision">1</b>'),
  })
  // Kept when its visitor has it already: until then another process may render it too.
  await until(async () => /; hit/.test((await get()).cache))
  const again = await get()
  expect(again.cache).toMatch(/; hit/)
  expect((await get()).page).toBe(again.page)
  example.interrupt()
  expect(await example.ended()).toBe(0)
  await expectNothingLeft(example)
})

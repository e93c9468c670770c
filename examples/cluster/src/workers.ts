import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { ArticleTable } from './articles.js'

/** The four processes behind one port: node:cluster gives each connection to the next of them. */
export class Workers {
  readonly #env: Readonly<Record<string, string>>
  readonly #articles: ArticleTable
  readonly #workers = new Set<Worker>()
  #stopping = false

  constructor(articles: ArticleTable, env: Readonly<Record<string, string>>) {
    this.#articles = articles
    this.#env = env
  }

  get pids(): readonly number[] {
    return [...this.#workers].map(({ process }) => process.pid ?? 0)
  }

  /** Resolves, with the port, when all of them listen. */
  async start(count: number): Promise<number> {
    const ports = await Promise.all(Array.from({ length: count }, () => this.#fork()))
    return ports[0] ?? 0
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#workers].map(end))
  }

  async #fork(): Promise<number> {
    const worker = cluster.fork(this.#env)
    this.#workers.add(worker)
    this.#articles.serve(worker)
    worker.once('exit', () => {
      this.#workers.delete(worker)
      // One that crashed is replaced.
      if (!this.#stopping) void this.#fork()
    })
    const [{ port }] = await once(worker, 'listening')
    return port
  }
}

/** Milliseconds after which one that does not end is killed. */
const PATIENCE = 5000

async function end(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit')
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), PATIENCE)
  worker.process.kill('SIGTERM')
  await exited
  clearTimeout(timer)
}

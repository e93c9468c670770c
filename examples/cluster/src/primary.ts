import { once } from 'node:events'
import { createServer } from 'node:net'
import { ArticleTable } from './articles.js'
import { check } from './check.js'
import { RedisCluster } from './redis-cluster.js'
import { Workers } from './workers.js'

const WORKERS = 4
const DEFAULT_PORT = 3000

/** Starts the servers and the processes, and ends them all. With `--check` it ends by itself, after what it shows. */
export async function runPrimary(): Promise<void> {
  const started = performance.now()
  const redis = await RedisCluster.start()
  const workers = new Workers(new ArticleTable(), {
    CACHE_URL: redis.url,
    PORT: String(await portFor(process.env.PORT)),
  })
  const port = await workers.start(WORKERS)
  const base = `http://127.0.0.1:${port}`
  console.log(guide(base, redis, workers, performance.now() - started))

  let stopped: Promise<void> | undefined
  const stop = () => {
    stopped ??= workers.stop().then(() => redis.stop())
    return stopped
  }
  // Not `once`: Ctrl+C in a terminal comes twice, from the terminal and passed on by what has started this.
  process.on('SIGINT', stop).on('SIGTERM', stop)

  if (!process.argv.includes('--check')) {
    console.log('Ctrl+C stops it all.')
    return
  }
  try {
    const wrong = await check({ base, redis, workers: workers.pids })
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    await stop()
  }
}

/** The port that was asked for, or any free one when it is taken. */
async function portFor(wanted: string | undefined): Promise<number> {
  const port = wanted === undefined || wanted === '' ? DEFAULT_PORT : Number(wanted)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new RangeError(`PORT must be a number from 0 (any free port) to 65535; got '${wanted}'`)
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return port
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return 0
  } finally {
    server.close()
  }
}

function guide(base: string, redis: RedisCluster, workers: Workers, milliseconds: number): string {
  const ports = (nodes: RedisCluster['masters']) => nodes.map(({ port }) => port).join(', ')
  return `
${workers.pids.length} processes (${workers.pids.join(', ')}) answer at ${base}, after ${(milliseconds / 1000).toFixed(1)} s
Redis Cluster: masters on ports ${ports(redis.masters)}, replicas on ${ports(redis.replicas)}

  curl -si ${base}/articles/1              X-Worker answered; the page says who rendered it
  curl -si -X POST ${base}/articles/1      edits it: its page is dropped in every process
  curl -si -X POST ${base}/purge/articles/1      drops it; /purge/articles those of all articles
  redis-cli -p ${redis.masters[0]?.port} shutdown nosave          kills a master: no request is lost
`
}

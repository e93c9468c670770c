/**
 * The process of one contestant: `node --expose-gc host.mjs <module>`. It answers its parent over IPC, so that
 * measuring adds nothing to the application that is measured.
 */
import { createServer } from 'node:http'
import { renders } from '../page.mjs'
import { watchPauses } from './pauses.mjs'

const { createListener, actions = {} } = await import(`../contestants/${process.argv[2]}.mjs`)

const pauses = watchPauses()

const reports = {
  ...actions,
  cpu() {
    const { user, system } = process.cpuUsage()
    return { micros: user + system, renders: renders.count }
  },
  /** Collects what earlier rounds left, so that no other round pays for it. */
  collect() {
    globalThis.gc()
    pauses()
    return {}
  },
  pauses() {
    return { ...pauses(), heap: process.memoryUsage().heapUsed, resident: process.memoryUsage.rss() }
  },
  memory() {
    // Twice: finalizers of the first collection free external memory that only the second one counts.
    globalThis.gc()
    globalThis.gc()
    const { rss, heapUsed, external } = process.memoryUsage()
    return { rss, held: heapUsed + external, peak: process.resourceUsage().maxRSS * 1024 }
  },
}

const server = createServer(await createListener())
server.listen(0, '127.0.0.1', () => process.send({ ready: true, port: server.address().port }))
process.on('message', async ({ id, report }) => process.send({ id, ...(await reports[report]()) }))
process.on('disconnect', () => process.exit())

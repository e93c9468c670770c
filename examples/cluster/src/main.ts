import cluster from 'node:cluster'
import { runPrimary } from './primary.js'
import { runWorker } from './worker.js'

if (cluster.isPrimary) await runPrimary()
else runWorker()

import cluster, { type Worker } from 'node:cluster'
import type { InvalidationBus } from '@sitecache/core'
import type { Link } from './push-peers.js'

/** Key of the messages between the workers of a cluster. */
const KEY = 'sitecache:dashboard'

/** Link over a bus. */
export function busLink(bus: InvalidationBus): Link {
  return { by: 'bus', send: (message) => bus.publish(message), listen: (listener) => bus.subscribe(listener) }
}

/** Link of a worker of `node:cluster`, by its primary, which relays. */
export function clusterLink(): Link {
  return {
    by: 'cluster',
    async send(message) {
      // The primary may be gone.
      if (process.connected) process.send?.({ [KEY]: message }, undefined, {}, () => undefined)
    },
    listen(listener) {
      const hear = (message: unknown): void => {
        const text = textIn(message)
        if (text !== undefined) listener(text)
      }
      process.on('message', hear)
      return () => void process.off('message', hear)
    },
  }
}

/**
 * Relays the figures of dashboards between the workers of a cluster, whose caches are in memory. To
 * be called in the primary; a shared store or a bus needs none.
 *
 * @returns function that stops it
 * @example
 * if (cluster.isPrimary) relayDashboards()
 */
export function relayDashboards(): () => void {
  const relay = (from: Worker, message: unknown): void => {
    if (textIn(message) === undefined) return
    for (const worker of Object.values(cluster.workers ?? {}))
      if (worker !== undefined && worker.id !== from.id && worker.isConnected())
        worker.send(message as object, () => undefined)
  }
  cluster.on('message', relay)
  return () => void cluster.off('message', relay)
}

function textIn(message: unknown): string | undefined {
  const text: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, KEY) : undefined
  return typeof text === 'string' ? text : undefined
}

import cluster from 'node:cluster'
import type { Cache, InvalidationBus } from '@sitecache/core'
import { isShared } from '@sitecache/metrics/internal'
import { busLink, clusterLink } from './links.js'
import { noPeers, type Peers } from './peers.js'
import { PushPeers } from './push-peers.js'
import { StorePeers } from './store-peers.js'

/** Parts by which the way is chosen. */
export interface PeerOptions {
  readonly id: string
  readonly bus: InvalidationBus | undefined
  readonly caches: readonly Cache[]
  readonly now: () => number
}

/** Chooses the way to the other processes: a bus that is given, a store they share, a cluster. */
export function choosePeers({ id, bus, caches, now }: PeerOptions): Peers {
  if (bus !== undefined) return new PushPeers(id, busLink(bus), now)
  const shared = caches.find(({ store }) => isShared(store))
  if (shared !== undefined) return new StorePeers(shared, now)
  return cluster.isWorker ? new PushPeers(id, clusterLink(), now) : noPeers
}

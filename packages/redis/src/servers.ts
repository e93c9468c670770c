import type { RedisClient } from './client.js'
import type { RedisConnection } from './connection.js'
import { explain, isLoss } from './explain.js'

/** Sends writes to the leader, and reads to a replica if there is one. */
export class Servers {
  readonly leader: RedisConnection
  readonly replicas: readonly RedisConnection[]

  constructor(leader: RedisConnection, replicas: readonly RedisConnection[] = []) {
    this.leader = leader
    this.replicas = replicas
  }

  /** @throws StoreError saying which server failed and why */
  async write<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    const { leader } = this
    if (!leader.isReady) await leader.whenReady()
    try {
      leader.batchWrites()
      return await run(leader.client)
    } catch (error) {
      throw explain(error, leader.where)
    }
  }

  /** Reads from a random replica, on failure from another, at last from the leader. */
  read<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.replicas.length === 0 ? this.#readLeader(run) : this.#readAnywhere(run)
  }

  close(): void {
    for (const server of [this.leader, ...this.replicas]) server.close()
  }

  async #readAnywhere<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    const start = Math.floor(Math.random() * this.replicas.length)
    for (let i = 0; i < this.replicas.length; i++) {
      const replica = this.replicas[(start + i) % this.replicas.length]
      if (replica === undefined || !isAtHand(replica)) continue
      try {
        replica.batchWrites()
        return await run(replica.client)
      } catch {
        // The next replica may succeed; the leader's error is the one that is thrown.
      }
    }
    return this.#readLeader(run)
  }

  /** Reads from the leader, again if its connection was lost meanwhile: a read may be repeated. */
  async #readLeader<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    const { leader } = this
    try {
      if (!leader.isReady) await leader.whenReady()
      leader.batchWrites()
      return await run(leader.client)
    } catch (error) {
      if (!isLoss(error)) throw explain(error, leader.where)
      return this.write(run)
    }
  }
}

/**
 * Returns whether a replica is connected; begins to connect if not. Reads don't wait for it, since
 * the leader has everything.
 */
function isAtHand(replica: RedisConnection): boolean {
  replica.begin()
  return replica.isReady
}

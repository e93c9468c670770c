import type { RedisClient } from './client.js'
import type { RedisConnection } from './connection.js'
import { explain } from './explain.js'

/** Sends what writes to the leader, and what reads to a replica if there is one. */
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

  /** From a replica at random; when that fails from another, at last from the leader. */
  read<T>(run: (client: RedisClient) => Promise<T>): Promise<T> {
    return this.replicas.length === 0 ? this.write(run) : this.#readAnywhere(run)
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
        // The next may do better; what the leader says is told.
      }
    }
    return this.write(run)
  }
}

/** A replica is not waited for: the leader knows it all. Asked once, it is connected to. */
function isAtHand(replica: RedisConnection): boolean {
  replica.begin()
  return replica.isReady
}

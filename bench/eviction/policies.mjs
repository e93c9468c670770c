import { memoryStore } from '@sitecache/core'
import { LARGEST } from './traces.mjs'

/**
 * @typedef {object} Policy what keeps pages within so many bytes
 * @property {(id: number, size: number) => boolean} access asks for a page and keeps it; true: it was there
 */

/** Doubly linked list of nodes with `next` (towards the older) and `previous`. */
class Queue {
  bytes = 0
  #end = {}
  constructor() {
    this.#end.next = this.#end
    this.#end.previous = this.#end
  }
  get oldest() {
    return this.#end.previous === this.#end ? undefined : this.#end.previous
  }
  newer(node) {
    return node.previous === this.#end ? undefined : node.previous
  }
  push(node) {
    node.next = this.#end.next
    node.previous = this.#end
    node.next.previous = node
    this.#end.next = node
    this.bytes += node.size
  }
  remove(node) {
    node.previous.next = node.next
    node.next.previous = node.previous
    this.bytes -= node.size
  }
}

/** Ids of pages that were dropped, the last so many. */
class Ghosts {
  #ids = new Set()
  #limit
  constructor(limit) {
    this.#limit = limit
  }
  has(id) {
    return this.#ids.has(id)
  }
  take(id) {
    return this.#ids.delete(id)
  }
  add(id) {
    this.#ids.delete(id)
    this.#ids.add(id)
    if (this.#ids.size > this.#limit) this.#ids.delete(this.#ids.values().next().value)
  }
}

/** Entries that ghosts remember: about as many as a store has pages. */
const GHOSTS = 16384

/** Keeps a page over `1 / share` of a full store only when it was asked for before, not long ago. */
class Admission {
  #limit
  #seen = new Ghosts(GHOSTS)
  constructor(share, bytes) {
    this.#limit = share === 0 ? Number.POSITIVE_INFINITY : bytes / share
  }
  admits(id, size) {
    if (size <= this.#limit) return true
    if (this.#seen.take(id)) return true
    this.#seen.add(id)
    return false
  }
}

/** @param {number} bytes @param {number} [share] of the admission; 0: none @returns {Policy} */
export function lru(bytes, share = 0) {
  const nodes = new Map()
  const queue = new Queue()
  const admission = new Admission(share, bytes)
  return {
    access(id, size) {
      const node = nodes.get(id)
      if (node !== undefined) {
        queue.remove(node)
        queue.push(node)
        return true
      }
      if (size > bytes || (queue.bytes + size > bytes && !admission.admits(id, size))) return false
      while (queue.bytes + size > bytes) {
        const { oldest } = queue
        queue.remove(oldest)
        nodes.delete(oldest.id)
      }
      const made = { id, size }
      nodes.set(id, made)
      queue.push(made)
      return false
    },
  }
}

/** Zhang et al., NSDI 2024. @param {number} bytes @param {number} [share] @returns {Policy} */
export function sieve(bytes, share = 0) {
  const nodes = new Map()
  const queue = new Queue()
  const admission = new Admission(share, bytes)
  let hand
  function evict() {
    let node = hand ?? queue.oldest
    while (node.visited) {
      node.visited = false
      node = queue.newer(node) ?? queue.oldest
    }
    hand = queue.newer(node)
    queue.remove(node)
    nodes.delete(node.id)
  }
  return {
    access(id, size) {
      const node = nodes.get(id)
      if (node !== undefined) {
        node.visited = true
        return true
      }
      if (size > bytes || (queue.bytes + size > bytes && !admission.admits(id, size))) return false
      while (queue.bytes + size > bytes) evict()
      const made = { id, size, visited: false }
      nodes.set(id, made)
      queue.push(made)
      return false
    },
  }
}

/** Yang et al., SOSP 2023. @param {number} bytes @param {number} [share] @returns {Policy} */
export function s3fifo(bytes, share = 0) {
  const nodes = new Map()
  const small = new Queue()
  const main = new Queue()
  const ghosts = new Ghosts(GHOSTS)
  const admission = new Admission(share, bytes)
  function evict() {
    if (small.bytes > bytes * 0.1 || main.oldest === undefined) evictSmall()
    else evictMain()
  }
  function evictSmall() {
    const node = small.oldest
    small.remove(node)
    if (node.hits > 0) {
      node.hits = 0
      main.push(node)
    } else {
      nodes.delete(node.id)
      ghosts.add(node.id)
    }
  }
  function evictMain() {
    const node = main.oldest
    main.remove(node)
    if (node.hits > 0) {
      node.hits -= 1
      main.push(node)
    } else nodes.delete(node.id)
  }
  return {
    access(id, size) {
      const node = nodes.get(id)
      if (node !== undefined) {
        if (node.hits < 3) node.hits += 1
        return true
      }
      const isFull = small.bytes + main.bytes + size > bytes
      if (size > bytes || (isFull && !admission.admits(id, size))) return false
      while (small.bytes + main.bytes + size > bytes) evict()
      const made = { id, size, hits: 0 }
      nodes.set(id, made)
      if (ghosts.take(id)) main.push(made)
      else small.push(made)
      return false
    },
  }
}

/**
 * The memory store itself, writing whole pages.
 *
 * @param {number} bytes
 * @param {'s3-fifo' | 'lru'} eviction
 * @returns {Policy}
 */
export function memory(bytes, eviction) {
  const { sync } = memoryStore({ maxBytes: bytes, eviction })
  return {
    access(id, size) {
      const key = `page ${id}`
      if (sync.get(key) !== undefined) return true
      sync.set(key, new Body(size), null)
      return false
    },
  }
}

const zeros = Buffer.alloc(LARGEST)

/** A body, which a store in this process may keep as bytes. */
class Body {
  /** @param {number} byteLength */
  constructor(byteLength) {
    this.byteLength = byteLength
  }

  encode() {
    return [zeros.subarray(0, this.byteLength)]
  }

  parts() {
    return { head: '', body: zeros.subarray(0, this.byteLength), restore }
  }
}

/** @param {string} _head @param {Buffer} body */
const restore = (_head, body) => new Body(body.length)

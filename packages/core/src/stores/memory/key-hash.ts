/**
 * Makes a hash of keys, of 32 bits, with a secret of its own: clients choose URLs, and could
 * otherwise choose many whose keys have one hash.
 *
 * @param random numbers in [0, 1)
 */
export function keyHash(random: () => number = Math.random): (key: string) => number {
  const seed = (random() * 2 ** 32) | 0
  const factor = (random() * 2 ** 32) | 1
  return (key) => {
    let hash = seed
    for (let i = 0; i < key.length; i++)
      hash = Math.imul(((hash << 5) | (hash >>> 27)) ^ key.charCodeAt(i), factor)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
    return hash ^ (hash >>> 16)
  }
}

/**
 * What the suite is run against: where the cache stands, and how the handler behind it answers.
 * @typedef {{ cache: 'site' | 'halves' | 'front', answer: 'array' | 'object' | 'end', hopByHop: boolean, about: string }} Mode
 */

/** @type {Record<string, Mode>} */
export const modes = {
  array: {
    cache: 'site',
    answer: 'array',
    hopByHop: false,
    about: 'siteCache; the handler answers by writeHead(status, [name, value, …]) and a pipe',
  },
  object: {
    cache: 'site',
    answer: 'object',
    hopByHop: false,
    about: 'siteCache; the handler answers by writeHead(status, { name: value }) and a pipe',
  },
  end: {
    cache: 'site',
    answer: 'end',
    hopByHop: false,
    about: 'siteCache; the handler answers by setHeader(name, value) and one end(body)',
  },
  'hop-by-hop': {
    cache: 'site',
    answer: 'array',
    hopByHop: true,
    about: 'siteCache; the handler passes hop-by-hop headers on',
  },
  halves: {
    cache: 'halves',
    answer: 'object',
    hopByHop: false,
    about: 'updateCache and fetchFromCache',
  },
  front: {
    cache: 'front',
    answer: 'array',
    hopByHop: false,
    about: 'withSiteCache in front of the application',
  },
}

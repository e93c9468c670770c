import { describe, expect, it, jest } from '@jest/globals'
import { cached } from '../index.js'

describe('cached', () => {
  it('computes once per request, and shares nothing between requests', async () => {
    const load = jest.fn(async (request: { user: string }) => ({ name: request.user }))
    const user = cached(load)
    const [one, other] = [{ user: 'ann' }, { user: 'bob' }]
    const values = await Promise.all([user(one), user(one), user(other), user(one)])
    expect(values.map(({ name }) => name)).toEqual(['ann', 'ann', 'bob', 'ann'])
    expect(values[0]).toBe(values[3])
    expect(load).toHaveBeenCalledTimes(2)
  })

  it('tells arguments apart, objects by identity', () => {
    let runs = 0
    const next = cached((_request: object, ..._args: unknown[]) => ++runs)
    const request = {}
    const filter = { a: 1 }
    const all = [[], [1], ['1'], [1, 2], [filter], [{ a: 1 }], [Number.NaN], [undefined]]
    const first = all.map((args) => next(request, ...args))
    expect(first).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    expect(all.map((args) => next(request, ...args))).toEqual(first)
  })

  it('remembers undefined, and what was thrown', async () => {
    const nothing = jest.fn((_: object) => undefined)
    const fail = jest.fn((_: object): number => {
      throw new Error('no database')
    })
    const reject = jest.fn((_: object) => Promise.reject(new Error('no database')))
    const [one, two, three] = [cached(nothing), cached(fail), cached(reject)]
    const request = {}
    for (let i = 0; i < 2; i++) {
      expect(one(request)).toBeUndefined()
      expect(() => two(request)).toThrow('no database')
      await expect(three(request)).rejects.toThrow('no database')
    }
    expect([nothing, fail, reject].map((it) => it.mock.calls.length)).toEqual([1, 1, 1])
  })

  it('is called as fn is, and needs an object first', () => {
    const service = {
      base: 2,
      twice: cached(function (this: { base: number }, _request: object, n: number) {
        return this.base * n
      } as (request: object, n: number) => number),
    }
    expect(service.twice({}, 4)).toBe(8)
    expect(() => service.twice('req' as never, 4)).toThrow(/needs the request first; got string/)
  })
})

import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { StoreError, ValueError } from '@sitecache/core/store'
import { explain } from './explain.js'

const told = (message: string) => explain(new Error(message), 'Redis at h:1').message

describe('an error for the operator', () => {
  it.each([
    ['NOAUTH Authentication required.', /password/],
    ['WRONGPASS invalid username-password pair or user is disabled.', /wrong/],
    ["NOPERM this user has no permissions to run the 'get' command", /ACL SETUSER/],
    ["READONLY You can't write against a read only replica.", /leader first/],
    ['LOADING Redis is loading the dataset in memory', /from disk/],
    ["OOM command not allowed when used memory > 'maxmemory'.", /maxmemory-policy/],
    ['MISCONF Redis is configured to save RDB snapshots', /stop-writes-on-bgsave-error/],
    ['CLUSTERDOWN Hash slot not served', /CLUSTER INFO/],
    ['MOVED 866 10.0.0.2:6379', /redis\+cluster:/],
    ['ERR DB index is out of range', /databases/],
    ['connect ECONNREFUSED 10.0.0.1:6379', /is it started/],
    ['getaddrinfo ENOTFOUND redis.example', /host name/],
    ['self-signed certificate', /option tls/],
  ])('%s', (message, remedy) => {
    expect(told(message)).toContain(`Redis at h:1: ${message} (`)
    expect(told(message)).toMatch(remedy)
  })

  it('says what ioredis means, not how it is set up', () => {
    expect(
      told('Reached the max retries per request limit (which is 0). Refer to "maxRetriesPerRequest"'),
    ).toBe('Redis at h:1: the connection was lost')
  })

  it('shows nothing of a command, its keys and its values, nor does its cause', () => {
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'hello', args: ['3', 'AUTH', 'me', 'secret'] },
    })
    expect(inspect(explain(error, 'Redis at h:1'), { depth: 9 })).not.toContain('secret')
    expect(told("ERR unknown command 'unlink', with args beginning with: 'secret' ")).not.toContain('secret')
    expect(told('connect to redis://me:secret@h failed')).not.toContain('secret')
  })

  it('keeps the code of its cause', () => {
    const cause = explain(Object.assign(new Error('connect'), { code: 'ECONNRESET' }), 'h').cause
    expect(cause).toMatchObject({ message: 'connect', code: 'ECONNRESET' })
  })

  it('says why each address of a name failed', () => {
    const error = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:1')]), {
      code: 'ECONNREFUSED',
    })
    expect(explain(error, 'h').message).toMatch(/connect ECONNREFUSED ::1:1/)
  })

  it('leaves what the caller did wrong as it is', () => {
    const misuse = new ValueError('not a number')
    expect(explain(misuse, 'h')).toBe(misuse)
    expect(explain('text', 'h')).toBeInstanceOf(StoreError)
  })
})

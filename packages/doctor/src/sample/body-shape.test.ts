import { describe, expect, it } from '@jest/globals'
import { BodyShape } from './body-shape.js'

const shape = (text: string): BodyShape => new BodyShape(Buffer.from(text))
const long = 'All that is the same for all. '.repeat(40)

describe('BodyShape', () => {
  it('finds the part that differs, whatever its length', () => {
    const difference = shape(`${long}Hello Ann${long}`).difference(shape(`${long}Hello Bartholomew${long}`))
    expect(difference.share).toBeLessThan(0.05)
    expect(difference.from).toBeLessThanOrEqual(long.length + 6)
    expect(difference.to).toBeGreaterThanOrEqual(long.length + 9)
  })

  it('tells that bodies are the same, or wholly different', () => {
    expect(shape(long).difference(shape(long)).share).toBe(0)
    expect(shape(long).difference(shape(long.toUpperCase())).share).toBe(1)
  })

  it('does not take a body for the same that lacks a repeated part', () => {
    expect(shape(`${'x'.repeat(3200)}`).difference(shape('x'.repeat(1600))).share).toBeGreaterThan(0)
  })
})

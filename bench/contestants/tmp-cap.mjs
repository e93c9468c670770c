import express from 'express'
import { expressHandler } from '../handlers.mjs'
const mode = process.env.MODE
const K = Symbol('k')
function sWH(...a) { return Reflect.apply(this[K].writeHead, this, a) }
function sW(...a) { return Reflect.apply(this[K].write, this, a) }
function sE(...a) { return Reflect.apply(this[K].end, this, a) }
class Cap { constructor(res) { this.writeHead = res.writeHead; this.write = res.write; this.end = res.end } }
const protos = new WeakMap()
function capProto(parent) {
  const slot = Symbol('cap')
  const P = Object.create(parent, {
    writeHead: { configurable: true, writable: true, value: function (...a) { const st = this.locals[slot]; st.n++; return Reflect.apply(parent.writeHead, this, a) } },
    write: { configurable: true, writable: true, value: function (...a) { const st = this.locals[slot]; st.n++; return Reflect.apply(parent.write, this, a) } },
    end: { configurable: true, writable: true, value: function (...a) { const st = this.locals[slot]; st.n++; return Reflect.apply(parent.end, this, a) } } })
  return { P, slot }
}
const WM = new WeakMap(), WM2 = new WeakMap()
function wmProto(parent) {
  return Object.create(parent, {
    writeHead: { configurable: true, writable: true, value: function (...a) { const st = WM.get(this); st.n++; return Reflect.apply(parent.writeHead, this, a) } },
    write: { configurable: true, writable: true, value: function (...a) { const st = WM.get(this); st.n++; return Reflect.apply(parent.write, this, a) } },
    end: { configurable: true, writable: true, value: function (...a) { const st = WM.get(this); st.n++; return Reflect.apply(parent.end, this, a) } } })
}
const own = new WeakSet()
const gslot = Symbol('g')
export const createListener = () => express().use((req, res, next) => {
  if (mode === 'one') { const end = res.end; res.end = function (a, b, c) { return end.call(this, a, b, c) } }
  if (mode === 'three') { const { end, write, writeHead } = res
    res.end = function (a, b, c) { return end.call(this, a, b, c) }
    res.write = function (a, b, c) { return write.call(this, a, b, c) }
    res.writeHead = function (a, b, c) { return writeHead.call(this, a) } }
  if (mode === 'rest') { const { end, write, writeHead } = res
    res.end = function (...a) { return Reflect.apply(end, res, a) }
    res.write = function (...a) { return Reflect.apply(write, res, a) }
    res.writeHead = function (...a) { return Reflect.apply(writeHead, res, a) } }
  if (mode === 'shared') { res[K] = new Cap(res); res.end = sE; res.write = sW; res.writeHead = sWH }
  if (mode === 'proto') { const parent = Object.getPrototypeOf(res); let c = protos.get(parent); if (!c) protos.set(parent, c = capProto(parent)); res.locals[c.slot] = { n: 0 }; Object.setPrototypeOf(res, c.P) }
  if (mode === 'wm' || mode === 'wm2') { const parent = Object.getPrototypeOf(res); let c = protos.get(parent); if (!c) protos.set(parent, c = wmProto(parent)); WM.set(res, { n: 0 }); Object.setPrototypeOf(res, c); if (mode === 'wm2') WM2.set(req, { n: 1 }) }
  if (mode === 'mutate') { const parent = Object.getPrototypeOf(res); if (!own.has(parent)) { own.add(parent); for (const k of ['writeHead','write','end']) { const f = parent[k]; parent[k] = function (...a) { const st = this.locals[gslot]; st.n++; return Reflect.apply(f, this, a) } } } res.locals[gslot] = { n: 0 } }
  next()
}).get('/page/:id', expressHandler)

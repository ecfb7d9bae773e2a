// The units that cases are told in: a speed, and the time that it is the inverse of.
import type { KernelCase } from "./kernel-case.js";

const UNITS = {
  byte: { speed: "GB/s", perSecond: 1e-9, time: "ns/kB", perNanosecond: 1000 },
  packet: { speed: "Mpackets/s", perSecond: 1e-6, time: "ns/packet", perNanosecond: 1 },
  frame: { speed: "frames/s", perSecond: 1, time: "us/frame", perNanosecond: 1e-3 },
} as const;

/** A number with its unit. */
export type Measured = { readonly value: number; readonly unit: string };

/** Bytes, packets or frames in a second. */
export function speedOf({ per, perCall }: KernelCase, callNs: number): Measured {
  const { speed, perSecond } = UNITS[per];
  return { value: ((perCall * 1e9) / callNs) * perSecond, unit: speed };
}

/** Time of a thousand bytes, of a packet, of a frame. */
export function timeOf({ per, perCall }: KernelCase, callNs: number): Measured {
  const { time, perNanosecond } = UNITS[per];
  return { value: (callNs / perCall) * perNanosecond, unit: time };
}

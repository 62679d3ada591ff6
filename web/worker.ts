import { createSync } from 'greekfire/full';
import { Engine } from './engine/engine.js';
import type { Request, Response } from './protocol.js';

/** Sends an answer; the arrays of its frame are moved, not copied. */
function send(response: Response): void {
  const arrays: Float64Array[] = [];
  if (response.kind !== 'refused') {
    const { marks, forward, times } = response.frame;
    arrays.push(...Object.values<Float64Array>({ ...marks }), forward, times);
  }
  self.postMessage(response, { transfer: arrays.map(({ buffer }) => buffer as ArrayBuffer) });
}

const engine = new Engine(createSync());
send(engine.greet());

self.onmessage = ({ data }: MessageEvent<Request>) => {
  send(engine.answer(data));
};

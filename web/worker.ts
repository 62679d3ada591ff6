import { createSync } from 'greekfire';
import { Engine } from './engine/engine.js';
import type { Request, Response } from './protocol.js';

/** Sends an answer; the arrays of its frame are moved, not copied. */
function send(response: Response): void {
  self.postMessage(response, { transfer: arraysOf(response).map(({ buffer }) => buffer as ArrayBuffer) });
}

function arraysOf(response: Response): Float64Array[] {
  if (response.kind === 'refused') return [];
  if (response.kind === 'tick') return [response.tick.times];
  const { marks, forward, years, times } = response.frame;
  return [...Object.values<Float64Array>({ ...marks }), forward, years, times];
}

const engine = new Engine(createSync());
send(engine.greet());

self.onmessage = ({ data }: MessageEvent<Request>) => {
  send(engine.answer(data));
};

import { createSync } from 'greekfire/full';
import { Engine } from './engine/engine.js';
import { inTurn } from './engine/turns.js';
import type { Request, Response } from './protocol.js';

/** Sends an answer; the arrays of its frame are moved, not copied. */
function send(response: Response): void {
  self.postMessage(response, { transfer: arraysOf(response).map(({ buffer }) => buffer as ArrayBuffer) });
}

function arraysOf(response: Response): Float64Array[] {
  if (response.kind === 'refused' || response.kind === 'failed') return [];
  if (response.kind === 'tick') return [response.tick.times];
  const { marks, forward, years, volatility, times } = response.frame;
  return [...Object.values<Float64Array>({ ...marks }), forward, years, volatility, times];
}

const engine = new Engine(createSync());
send(engine.greet());

// One after the other: reading a tape takes more than one turn of the worker.
const take = inTurn<Request, Response>(
  (request) => engine.answer(request),
  (_, message) => ({ kind: 'failed', message }),
  send,
);
self.onmessage = ({ data }: MessageEvent<Request>) => {
  void take(data);
};
